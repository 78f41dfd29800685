<?php

declare(strict_types=1);

namespace OCA\OtpostOutcome;

use OCP\Authentication\TwoFactorAuth\IProvider;
use OCP\IConfig;
use OCP\IUser;

/**
 * Nextcloud's event names a user and a provider, otpost knows a number. The Two-Factor Gateway keeps what the
 * user typed when enrolling as a preference of its own, `<channel>_identifier`.
 */
class OutcomeReader {
	private const GATEWAY = 'twofactor_gateway';

	/** Channels whose identifier is a telephone number and whose codes go through otpost. */
	private const CHANNELS = ['sms', 'signal'];

	public function __construct(
		private IConfig $config,
	) {
	}

	/** As it was typed, which is what otpost was given too; null for every other second factor. */
	public function numberOf(IUser $user, IProvider $provider): ?string {
		$id = $provider->getId();
		if (!str_starts_with($id, 'gateway_')) {
			return null;
		}
		$channel = substr($id, strlen('gateway_'));
		if (!in_array($channel, self::CHANNELS, true)) {
			return null;
		}
		$number = $this->config->getUserValue($user->getUID(), self::GATEWAY, $channel . '_identifier', '');
		return $number === '' ? null : $number;
	}
}
