<?php

declare(strict_types=1);

/** As much of Nextcloud's public interfaces as the listener touches, with what a test wants of them. */

namespace OCP\EventDispatcher {
	class Event {
		public function __construct() {
		}
	}
	interface IEventListener {
		public function handle(Event $event): void;
	}
}

namespace OCP {
	interface IUser {
		public function getUID();
	}
	interface IConfig {
		public function getAppValue($appName, $key, $default = '');
		public function getUserValue($userId, $appName, $key, $default = '');
	}
}

namespace OCP\Authentication\TwoFactorAuth {
	use OCP\EventDispatcher\Event;
	use OCP\IUser;

	interface IProvider {
		public function getId(): string;
	}
	abstract class ChallengeAnswered extends Event {
		public function __construct(private IUser $user, private IProvider $provider) {
			parent::__construct();
		}
		public function getUser(): IUser {
			return $this->user;
		}
		public function getProvider(): IProvider {
			return $this->provider;
		}
	}
	class TwoFactorProviderChallengePassed extends ChallengeAnswered {
	}
	class TwoFactorProviderChallengeFailed extends ChallengeAnswered {
	}
}

namespace OCP\AppFramework {
	class App {
		public function __construct(public string $appName) {
		}
	}
}

namespace OCP\AppFramework\Bootstrap {
	interface IBootContext {
	}
	interface IRegistrationContext {
		public function registerEventListener(string $event, string $listener, int $priority = 0): void;
	}
	interface IBootstrap {
		public function register(IRegistrationContext $context): void;
		public function boot(IBootContext $context): void;
	}
}

namespace OCP\Http\Client {
	interface IResponse {
		public function getStatusCode(): int;
	}
	interface IClient {
		public function post(string $uri, array $options = []): IResponse;
	}
	interface IClientService {
		public function newClient(): IClient;
	}
}
