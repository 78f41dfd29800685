<?php

declare(strict_types=1);

/**
 * One request of a Nextcloud in which somebody answers a challenge. Arguments: a JSON object with `event`
 * (passed, failed or other), `provider`, `preferences`, `settings` and `broken` (the part that throws).
 * Prints "page <ms>" when the page would go out, with how long the listener held it up.
 */

require __DIR__ . '/ocp.php';

use OCA\OtpostOutcome\AppInfo\Application;
use OCP\Authentication\TwoFactorAuth\IProvider;
use OCP\Authentication\TwoFactorAuth\TwoFactorProviderChallengeFailed;
use OCP\Authentication\TwoFactorAuth\TwoFactorProviderChallengePassed;
use OCP\Http\Client\IClient;
use OCP\Http\Client\IClientService;
use OCP\Http\Client\IResponse;
use OCP\IConfig;
use OCP\IUser;

set_error_handler(static function (int $level, string $message): never {
	throw new ErrorException($message, 0, $level);
});
spl_autoload_register(static function (string $class): void {
	$prefix = 'OCA\\OtpostOutcome\\';
	if (str_starts_with($class, $prefix)) {
		$path = str_replace('\\', '/', substr($class, strlen($prefix)));
		require dirname(__DIR__, 2) . "/integrations/nextcloud/otpost_outcome/lib/$path.php";
	}
});

$given = json_decode($argv[1] ?? $_GET['given'] ?? '{}', true, 8, JSON_THROW_ON_ERROR);

final class Preferences implements IConfig {
	public function __construct(private array $given) {
	}
	public function getAppValue($appName, $key, $default = '') {
		return $appName === Application::APP_ID ? ($this->given['settings'][$key] ?? $default) : $default;
	}
	public function getUserValue($userId, $appName, $key, $default = '') {
		if (($this->given['broken'] ?? '') === 'config') {
			throw new RuntimeException('the database is away');
		}
		return $userId === 'anna' && $appName === 'twofactor_gateway' ? ($this->given['preferences'][$key] ?? $default) : $default;
	}
}

/** As Nextcloud's client behaves: throws from 400 on and when the time is over. */
final class CurlClient implements IClientService, IClient {
	public function __construct(private array $given) {
	}
	public function newClient(): IClient {
		if (($this->given['broken'] ?? '') === 'client') {
			throw new TypeError('no client to be had');
		}
		return $this;
	}
	public function post(string $uri, array $options = []): IResponse {
		$curl = curl_init($uri);
		$headers = array_map(static fn ($name, $value) => "$name: $value", array_keys($options['headers']), $options['headers']);
		curl_setopt_array($curl, [
			CURLOPT_POSTFIELDS => $options['body'],
			CURLOPT_HTTPHEADER => $headers,
			CURLOPT_RETURNTRANSFER => true,
			CURLOPT_TIMEOUT => $options['timeout'],
			CURLOPT_CONNECTTIMEOUT => $options['connect_timeout'],
		]);
		curl_exec($curl);
		$status = curl_getinfo($curl, CURLINFO_RESPONSE_CODE);
		fwrite(fopen('php://stderr', 'w'), "posted $status\n");
		if ($status === 0 || $status >= 400) {
			throw new RuntimeException("status $status");
		}
		return new class($status) implements IResponse {
			public function __construct(private int $status) {
			}
			public function getStatusCode(): int {
				return $this->status;
			}
		};
	}
}

/** What the server's container does with constructors: one object for each interface. */
final class Container implements OCP\AppFramework\Bootstrap\IRegistrationContext {
	public array $listeners = [];
	public function __construct(private array $known) {
	}
	public function registerEventListener(string $event, string $listener, int $priority = 0): void {
		$this->listeners[$event][] = $listener;
	}
	public function make(string $class): object {
		$parameters = (new ReflectionClass($class))->getConstructor()?->getParameters() ?? [];
		return $this->known[$class] ?? new $class(...array_map(fn ($one) => $this->make($one->getType()->getName()), $parameters));
	}
}

$container = new Container([IConfig::class => new Preferences($given), IClientService::class => new CurlClient($given)]);
(new Application())->register($container);
$user = new class implements IUser {
	public function getUID() {
		return 'anna';
	}
};
$provider = new class($given['provider'] ?? 'gateway_sms') implements IProvider {
	public function __construct(private string $id) {
	}
	public function getId(): string {
		return $this->id;
	}
};
$event = match ($given['event'] ?? 'passed') {
	'passed' => new TwoFactorProviderChallengePassed($user, $provider),
	'failed' => new TwoFactorProviderChallengeFailed($user, $provider),
};

$from = microtime(true);
foreach ($container->listeners[$event::class] as $listener) {
	$container->make($listener)->handle($event);
}
printf("page %d\n", (int)((microtime(true) - $from) * 1000));
