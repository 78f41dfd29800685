<?php

declare(strict_types=1);

/**
 * Sends one text as a driver of Nextcloud would, by PHP's own HTTP: curl, or streams where the driver's name says
 * so. Argument: a JSON object with `driver`, `base`, `id`, `secret`, `to`, `text`. Prints what the driver would
 * make of the answer: {"sent": bool, "status": int, "ms": int}.
 */

const TIMEOUT_SECONDS = 2;

final class Answer {
	public function __construct(public int $status, public string $body) {
	}
}

function byCurl(string $method, string $url, ?string $body = null, array $headers = []): Answer {
	$curl = curl_init($url);
	curl_setopt_array($curl, [
		CURLOPT_CUSTOMREQUEST => $method,
		CURLOPT_RETURNTRANSFER => true,
		CURLOPT_TIMEOUT => TIMEOUT_SECONDS,
		CURLOPT_ENCODING => 'gzip',
		CURLOPT_FOLLOWLOCATION => $method === 'GET',
		CURLOPT_USERAGENT => 'Nextcloud-Server-Crawler/33.0.0',
		CURLOPT_HTTPHEADER => $headers,
	] + ($body === null ? [] : [CURLOPT_POSTFIELDS => $body]));
	$answer = curl_exec($curl);
	return new Answer(curl_getinfo($curl, CURLINFO_RESPONSE_CODE), $answer === false ? '' : $answer);
}

function byStreams(string $method, string $url, ?string $body = null, array $headers = []): Answer {
	$http = ['method' => $method, 'timeout' => TIMEOUT_SECONDS, 'ignore_errors' => true, 'header' => $headers];
	$stream = @fopen($url, 'r', false, stream_context_create(['http' => $http + ($body === null ? [] : ['content' => $body])]));
	if ($stream === false) {
		return new Answer(0, '');
	}
	$lines = stream_get_meta_data($stream)['wrapper_data'];
	return new Answer((int)explode(' ', $lines[0])[1], stream_get_contents($stream));
}

function playsms(callable $call, array $to): Answer {
	$query = ['app' => 'ws', 'u' => $to['id'], 'h' => $to['secret'], 'op' => 'pv', 'to' => $to['to'], 'msg' => $to['text']];
	return $call('GET', "{$to['base']}/compat/playsms?" . http_build_query($query, '', '&', PHP_QUERY_RFC3986));
}

function withUser(array $to, string $path): string {
	return str_replace('://', "://{$to['id']}:{$to['secret']}@", $to['base']) . $path;
}

function signal(callable $call, array $to): Answer {
	$base = withUser($to, '/compat/signal');
	$json = ['Content-Type: application/json'];
	$probe = $call('POST', "$base/api/v1/rpc", json_encode(['jsonrpc' => '2.0', 'method' => 'version', 'id' => 'version_1']), $json);
	if ($probe->status < 400) {
		throw new RuntimeException('JSON-RPC is not what is offered');
	}
	$about = json_decode($call('GET', "$base/v1/about")->body, true);
	if (!in_array('v2', $about['versions'] ?? [], true)) {
		return new Answer(0, '');
	}
	return $call('POST', "$base/v2/send", json_encode(['recipients' => [$to['to']], 'message' => $to['text'], 'number' => 'unneccessary']), $json);
}

function huawei(callable $call, array $to): Answer {
	$base = withUser($to, '/compat/huawei');
	$session = simplexml_of($call('GET', "$base/webserver/SesTokInfo")->body);
	$content = htmlspecialchars($to['text'], ENT_XML1);
	$body = "<request><Index>-1</Index><Phones><Phone>{$to['to']}</Phone></Phones><Sca/><Content>$content</Content>"
		. '<Length>-1</Length><Reserved>1</Reserved><Date>' . date('Y-m-d H:i:s') . '</Date></request>';
	return $call('POST', "$base/sms/send-sms", $body, [
		"Cookie: {$session['SesInfo']}",
		'X-Requested-With: XMLHttpRequest',
		"__RequestVerificationToken: {$session['TokInfo']}",
		'Content-Type: text/xml',
	]);
}

/** Two flat elements; php-xml is no part of php-cli. */
function simplexml_of(string $xml): array {
	preg_match_all('#<(SesInfo|TokInfo)>([^<]*)</#', $xml, $found);
	return array_combine($found[1], $found[2]);
}

$to = json_decode($argv[1], true, 8, JSON_THROW_ON_ERROR);
[$driver, $way] = explode(' ', $to['driver']);
$call = $way === 'streams' ? 'byStreams' : 'byCurl';
$from = microtime(true);
$answer = $driver($call, $to);
$sent = match ($driver) {
	'playsms' => $answer->status > 0 && $answer->status < 400,
	'signal' => $answer->status === 201 && isset(json_decode($answer->body, true)['timestamp']),
	'huawei' => $answer->status < 400 && preg_match('#<response>OK</response>$#', trim($answer->body)) === 1,
};
echo json_encode(['sent' => $sent, 'status' => $answer->status, 'ms' => (int)((microtime(true) - $from) * 1000)]), "\n";
