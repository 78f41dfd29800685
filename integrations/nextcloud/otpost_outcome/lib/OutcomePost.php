<?php

declare(strict_types=1);

namespace OCA\OtpostOutcome;

use OCA\OtpostOutcome\AppInfo\Application;
use OCP\Http\Client\IClientService;
use OCP\IConfig;
use Throwable;

/** Tells otpost, once the page has gone out. */
class OutcomePost {
	/** Seconds. The worker of PHP and the user's session are held that long at most. */
	private const TIMEOUT = 1;

	public function __construct(
		private IConfig $config,
		private IClientService $clients,
	) {
	}

	/** @param int $at when it happened, in milliseconds since 1970 */
	public function afterThePage(string $number, bool $verified, int $at): void {
		$url = rtrim($this->config->getAppValue(Application::APP_ID, 'url', ''), '/');
		$key = $this->config->getAppValue(Application::APP_ID, 'key', '');
		if ($url === '' || $key === '') {
			return;
		}
		$body = json_encode(['to' => $number, 'verified' => $verified, 'at' => $at], JSON_THROW_ON_ERROR);
		register_shutdown_function(function () use ($url, $key, $body): void {
			$this->post($url . '/v1/outcomes', $key, $body);
		});
	}

	private function post(string $url, string $key, string $body): void {
		try {
			// Under PHP-FPM the browser has its answer here. The session is left alone: Nextcloud writes it itself.
			if (function_exists('fastcgi_finish_request')) {
				fastcgi_finish_request();
			}
			$this->clients->newClient()->post($url, [
				'headers' => ['Authorization' => 'Bearer ' . $key, 'Content-Type' => 'application/json'],
				'body' => $body,
				'timeout' => self::TIMEOUT,
				'connect_timeout' => self::TIMEOUT,
			]);
		} catch (Throwable) {
			// 404 is usual: the code was older than a minute after its end, or came another way.
		}
	}
}
