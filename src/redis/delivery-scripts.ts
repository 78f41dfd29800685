import { boundedIn } from "./script.ts";
import { TAKE_TURN, TURN_KEYS } from "./take-turn.ts";

/** The last key of takeTurn among those of CREATE. */
const TURN_TO = 11 + TURN_KEYS;

/** The atomic steps of the delivery store. Each is one round trip; times are epoch ms. */

/**
 * Takes a delivery on unless its idempotency key was used, its text lives already or a limit is reached. What lives
 * is looked for before any limit: limits count new deliveries, not calls.
 * KEYS record, same, idempotency, open, due, counts, sends ("count end count end" of 10 min and of a day, with
 *      "count end" of the login reserve if that was used, then "|" and the newest delivery of each of the last clients,
 *      "client:id"), good number, day of the client (n deliveries, m micros), walk ("count end firstAt"), newest
 *      delivery of clients, those of takeTurn for the lane of the first attempt, then the sets that it is found in
 * ARGV 1 record prefix, 2 doc, 3 number (sealed bytes), 4 content (the same), 5 id, 6 createdAt, 7 dueAt, 8 expire record at,
 *      9 identity ttl, 10 fingerprint (a stored one may be longer: the id is at the end), 11 idempotency ttl, 12 limit per 10 min (0 = none), 13 limit per day,
 *      14 idempotency key given (1 or 0), 15 client, 16 take it on if it is not known (1 or 0),
 *      17 it is a login (1 or 0), 18 login reserve per 10 min, 19 limit of a prefix per 10 min (0 = none),
 *      20 the same for one that is new, 21 ms after which a prefix is not new, 22 client's limit per day ('' = none),
 *      23 its spend cap in micros ('' = none), 24 expected price in micros, 25 end of the day,
 *      26 rank of the first attempt's class ('' = none is planned), 27 end of the sets that it is found in, then its
 *      entry in each of them
 * returns 'created' with the tag of the first attempt, 'repeated' with doc and what named it, or a limit with the ms until it ends
 */
export const CREATE = `${TAKE_TURN}local function living(id)
  local seen = redis.call('HMGET', ARGV[1] .. id, 's', 'doc')
  return seen[1], seen[2]
end
local function remember(id)
  if ARGV[14] == '1' then redis.call('SET', KEYS[3], ARGV[10] .. id, 'PX', ARGV[11]) end
end
if ARGV[14] == '1' then
  local used = redis.call('GET', KEYS[3])
  if used then
    if used:sub(1, #ARGV[10]) ~= ARGV[10] then return {'key_conflict'} end
    local _, doc = living(used:sub(-#ARGV[5]))
    if doc then return {'repeated', doc, 'key'} end
  end
end
local sameId = redis.call('GET', KEYS[2])
if sameId then
  local state, doc = living(sameId)
  if doc and state ~= 'failed' and state ~= 'expired' and state ~= 'cancelled' then
    remember(sameId)
    return {'repeated', doc, 'text'}
  end
end
if ARGV[16] == '0' then return {'unknown'} end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function numbers(text)
  local found = {}
  for value in text:gmatch('%d+') do found[#found + 1] = tonumber(value) end
  return found
end
local function running(count, ends, ms)
  if (ends or 0) <= now then return 0, now + ms end
  return count, ends
end
local isLogin = ARGV[17] == '1'
local seen = redis.call('GET', KEYS[7]) or ''
local sends = numbers(seen:match('^[^|]*'))
local keptUntil = now + tonumber(ARGV[9])
local fullUntil
for i, ms in ipairs({600000, 86400000}) do
  local max, count, ends = tonumber(ARGV[11 + i]), running(sends[2 * i - 1], sends[2 * i], ms)
  if max > 0 and count >= max then fullUntil = math.max(fullUntil or 0, ends) end
  sends[2 * i - 1], sends[2 * i] = count + 1, ends
  if max > 0 and ends > keptUntil then keptUntil = ends end
end
if fullUntil then
  if not isLogin or redis.call('EXISTS', KEYS[8]) == 0 then return {'recipient_limit', fullUntil - now} end
  local count, ends = running(sends[5], sends[6], 600000)
  if count >= tonumber(ARGV[18]) then return {'recipient_limit', math.min(fullUntil, ends) - now} end
  sends[5], sends[6] = count + 1, ends
  keptUntil = math.max(keptUntil, ends)
end
local walk
if not isLogin and tonumber(ARGV[19]) > 0 and redis.call('EXISTS', KEYS[8]) == 0 then
  local walked = numbers(redis.call('GET', KEYS[10]) or '')
  local count, ends = running(walked[1], walked[2], 600000)
  local firstAt = walked[3] or now
  local max = tonumber(now - firstAt >= tonumber(ARGV[21]) and ARGV[19] or ARGV[20])
  if count >= max then return {'prefix_limit', ends - now} end
  walk = string.format('%d %d %d', count + 1, ends, firstAt)
end
if ARGV[22] ~= '' or ARGV[23] ~= '' then
  local used = redis.call('HMGET', KEYS[9], 'n', 'm')
  local left = tonumber(ARGV[25]) - now
  if ARGV[22] ~= '' and tonumber(used[1] or 0) >= tonumber(ARGV[22]) then return {'client_limit', left} end
  local spent = tonumber(used[2] or 0) + math.max(1, tonumber(ARGV[24]))
  if ARGV[23] ~= '' and spent > tonumber(ARGV[23]) then return {'spend_cap', left} end
  redis.call('HINCRBY', KEYS[9], 'n', 1)
  redis.call('HINCRBY', KEYS[9], 'm', ARGV[24])
  redis.call('PEXPIREAT', KEYS[9], ARGV[25] + 86400000)
end
if walk then redis.call('SET', KEYS[10], walk, 'PX', 2592000000) end
local newest = {ARGV[15] .. ':' .. ARGV[5]}
for entry in (seen:match('|(.*)$') or ''):gmatch('%S+') do
  if #newest < 5 and entry:sub(1, #ARGV[15] + 1) ~= ARGV[15] .. ':' then newest[#newest + 1] = entry end
end
for i, value in ipairs(sends) do sends[i] = string.format('%d', value) end
local counted = table.concat(sends, ' ') .. '|' .. table.concat(newest, ' ')
redis.call('SET', KEYS[7], counted, 'PXAT', keptUntil)
redis.call('HSET', KEYS[1], 'v', 2, 'r', 1, 's', 'queued', 'doc', ARGV[2], 'n', ARGV[3], 'c', ARGV[4])
redis.call('PEXPIREAT', KEYS[1], ARGV[8])
redis.call('SET', KEYS[2], ARGV[5], 'PX', ARGV[9])
remember(ARGV[5])
redis.call('ZADD', KEYS[4], ARGV[6], ARGV[5])
redis.call('ZADD', KEYS[5], ARGV[7], ARGV[5])
redis.call('HINCRBY', KEYS[6], 'accepted', 1)
redis.call('HINCRBY', KEYS[6], 'queued', 1)
redis.call('HSET', KEYS[11], ARGV[15], string.format('%d', now))
for i = ${TURN_TO + 1}, #KEYS do
  redis.call('ZADD', KEYS[i], 0, ARGV[${27 - TURN_TO} + i])
  if redis.call('ZCARD', KEYS[i]) == 1 then redis.call('PEXPIREAT', KEYS[i], ARGV[27]) end
end
return {'created', ARGV[26] ~= '' and takeTurn({unpack(KEYS, 12, ${TURN_TO})}, ARGV[15], tonumber(ARGV[26]))}
`;

/**
 * Stores a changed delivery if nobody else changed it, together with its timer, counters and message ids.
 * KEYS record, open, due, counts, day of the client, good number, outbox, endpoints, then (message, parked) for each
 *      bound id
 * ARGV 1 expected version, 2 doc, 3 state, 4 dueAt ('' = ended), 5 id, 6 notAfter ('' = none), 7 message ttl,
 *      8 content to keep again ('' = none), 9 change of what the client spent ('' = none), 10 how long the number is good now
 *      ('' = that is not known), 11 events for the client, a line each ('' = none), 12 client, 13 their instant, 14 most
 *      events in the outbox, then one reference for each bound id
 */
export const SAVE = `
local seen = redis.call('HMGET', KEYS[1], 'r', 's')
if seen[1] ~= ARGV[1] then return {'conflict'} end
if ARGV[6] ~= '' then
  local time = redis.call('TIME')
  if time[1] * 1000 + math.floor(time[2] / 1000) > tonumber(ARGV[6]) then return {'too_late'} end
end
redis.call('HSET', KEYS[1], 'r', seen[1] + 1, 's', ARGV[3], 'doc', ARGV[2])
if ARGV[8] ~= '' then redis.call('HSET', KEYS[1], 'c', ARGV[8]) end
if ARGV[4] == '' then
  redis.call('HDEL', KEYS[1], 'c')
  redis.call('ZREM', KEYS[2], ARGV[5])
  redis.call('ZREM', KEYS[3], ARGV[5])
else
  redis.call('ZADD', KEYS[2], 'NX', ARGV[4], ARGV[5])
  redis.call('ZADD', KEYS[3], ARGV[4], ARGV[5])
end
if seen[2] ~= ARGV[3] then
  redis.call('HINCRBY', KEYS[4], seen[2], -1)
  redis.call('HINCRBY', KEYS[4], ARGV[3], 1)
end
-- A day that is over is not begun again.
if ARGV[9] ~= '' and redis.call('EXISTS', KEYS[5]) == 1 then redis.call('HINCRBY', KEYS[5], 'm', ARGV[9]) end
if ARGV[10] ~= '' then redis.call('SET', KEYS[6], 1, 'PX', ARGV[10]) end
if ARGV[11] ~= '' and redis.call('HEXISTS', KEYS[8], ARGV[12]) == 1 then
  for event in ARGV[11]:gmatch('[^\\n]+') do redis.call('ZADD', KEYS[7], ARGV[13], event) end
  redis.call('ZREMRANGEBYRANK', KEYS[7], 0, -ARGV[14] - 1)
end
local parked = {}
for i = 9, #KEYS, 2 do
  redis.call('SET', KEYS[i], ARGV[15 + (i - 9) / 2], 'PX', ARGV[7])
  for _, report in ipairs(redis.call('LRANGE', KEYS[i + 1], 0, -1)) do parked[#parked + 1] = report end
end
return {'saved', parked}
`;

/**
 * Leases deliveries whose timer has run out; forgets those whose record has gone and those that have ended.
 * KEYS due, open   ARGV 1 record prefix, 2 now, 3 limit, 4 lease until
 */
export const CLAIM_DUE = `
local ids = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[2], 'LIMIT', 0, ARGV[3])
local claimed = {}
for _, id in ipairs(ids) do
  if redis.call('ZSCORE', KEYS[2], id) and redis.call('EXISTS', ARGV[1] .. id) == 1 then
    redis.call('ZADD', KEYS[1], ARGV[4], id)
    claimed[#claimed + 1] = id
  else
    redis.call('ZREM', KEYS[1], id)
    redis.call('ZREM', KEYS[2], id)
  end
end
return claimed
`;

/**
 * Brings the timer of an open delivery forward or writes the one that is missing. One that has ended stays
 * without: its timer would be leased again and again for as long as the record is kept.
 * KEYS due, open   ARGV 1 id, 2 dueAt
 */
export const SET_DUE = `
if redis.call('ZSCORE', KEYS[2], ARGV[1]) then redis.call('ZADD', KEYS[1], 'LT', ARGV[2], ARGV[1]) end
return 1
`;

/**
 * A page of open deliveries with their timers. Those whose record has gone are forgotten first, for a short
 * page means the last one.
 * KEYS open, due   ARGV 1 record prefix, 2 offset, 3 limit   returns doc, dueAt ('' = none), doc, ...
 */
export const OPEN = `
local found, gone
repeat
  found, gone = {}, 0
  for _, id in ipairs(redis.call('ZRANGE', KEYS[1], ARGV[2], ARGV[2] + ARGV[3] - 1)) do
    local doc = redis.call('HGET', ARGV[1] .. id, 'doc')
    if doc then
      found[#found + 1] = doc
      found[#found + 1] = redis.call('ZSCORE', KEYS[2], id) or ''
    else
      redis.call('ZREM', KEYS[1], id)
      redis.call('ZREM', KEYS[2], id)
      gone = gone + 1
    end
  end
until gone == 0
return found
`;

/**
 * Parks one report within the bounds; the oldest reports and messages make room, for the newest tell most.
 * KEYS parked list, parked index   ARGV 1 report, 2 now, 3 ttl, 4 per message, 5 messages
 */
export const PARK = `
redis.call('LREM', KEYS[1], 0, ARGV[1])
redis.call('RPUSH', KEYS[1], ARGV[1])
redis.call('LTRIM', KEYS[1], -tonumber(ARGV[4]), -1)
${boundedIn({ now: "ARGV[2]", ttl: "ARGV[3]", max: "ARGV[5]" })}`;

/** Forgets the parked reports of one message. KEYS parked list, parked index */
export const UNPARK = `
redis.call('DEL', KEYS[1])
return redis.call('ZREM', KEYS[2], KEYS[1])
`;
