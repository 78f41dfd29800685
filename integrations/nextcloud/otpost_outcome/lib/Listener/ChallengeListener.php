<?php

declare(strict_types=1);

namespace OCA\OtpostOutcome\Listener;

use OCA\OtpostOutcome\OutcomePost;
use OCA\OtpostOutcome\OutcomeReader;
use OCP\Authentication\TwoFactorAuth\TwoFactorProviderChallengeFailed;
use OCP\Authentication\TwoFactorAuth\TwoFactorProviderChallengePassed;
use OCP\EventDispatcher\Event;
use OCP\EventDispatcher\IEventListener;
use Throwable;

/**
 * Runs in the middle of somebody's login, so nothing that goes wrong here may leave it, and nothing here waits.
 *
 * @template-implements IEventListener<Event>
 */
class ChallengeListener implements IEventListener {
	public function __construct(
		private OutcomeReader $reader,
		private OutcomePost $post,
	) {
	}

	public function handle(Event $event): void {
		try {
			$verified = $event instanceof TwoFactorProviderChallengePassed;
			if (!$verified && !($event instanceof TwoFactorProviderChallengeFailed)) {
				return;
			}
			$number = $this->reader->numberOf($event->getUser(), $event->getProvider());
			if ($number !== null) {
				$this->post->afterThePage($number, $verified, (int)floor(microtime(true) * 1000));
			}
		} catch (Throwable) {
			// A login is worth more than an outcome: otpost does without.
		}
	}
}
