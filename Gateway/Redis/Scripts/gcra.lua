-- Charges one request against one rate limit: GCRA on the server's own clock.
--
-- KEYS[1]  the limit of one subject: its theoretical arrival time (TAT), microseconds since 1970; absent at rest
-- ARGV[1]  what the charge adds to the TAT, in microseconds
-- ARGV[2]  how far the TAT may run ahead of now, in microseconds
-- Reply    admitted: microseconds until the limit is at rest again, above 0
--          refused: minus the microseconds until the charge would be admitted, below 0; nothing is written
-- One key, read and written in one step. The key outlives its TAT by up to 2 ms, as expiry counts from the
-- start of the script and in whole milliseconds: it must never be forgotten early.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local tat = tonumber(redis.call('GET', KEYS[1])) or now
if tat < now then tat = now end
local ahead = tat - now + ARGV[1]
local over = ahead - ARGV[2]
if over > 0 then return -over end
redis.call('SET', KEYS[1], now + ahead, 'PX', math.ceil(ahead / 1000) + 1)
return ahead
