<?php

declare(strict_types=1);

namespace OCA\OtpostOutcome\AppInfo;

use OCA\OtpostOutcome\Listener\ChallengeListener;
use OCP\AppFramework\App;
use OCP\AppFramework\Bootstrap\IBootContext;
use OCP\AppFramework\Bootstrap\IBootstrap;
use OCP\AppFramework\Bootstrap\IRegistrationContext;
use OCP\Authentication\TwoFactorAuth\TwoFactorProviderChallengeFailed;
use OCP\Authentication\TwoFactorAuth\TwoFactorProviderChallengePassed;

class Application extends App implements IBootstrap {
	public const APP_ID = 'otpost_outcome';

	public function __construct() {
		parent::__construct(self::APP_ID);
	}

	public function register(IRegistrationContext $context): void {
		$context->registerEventListener(TwoFactorProviderChallengePassed::class, ChallengeListener::class);
		$context->registerEventListener(TwoFactorProviderChallengeFailed::class, ChallengeListener::class);
	}

	public function boot(IBootContext $context): void {
	}
}
