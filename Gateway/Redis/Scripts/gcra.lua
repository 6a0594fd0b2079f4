-- Charges requests of one moment against one rate limit, one after the other: GCRA on the server's own clock.
--
-- KEYS[1]  the limit of one subject: its theoretical arrival time (TAT), microseconds since 1970; absent at rest
-- ARGV[1]  what one charge adds to the TAT, in microseconds
-- ARGV[2]  how far the TAT may run ahead of now, in microseconds
-- ARGV[3]  how many charges
-- Reply    how far the TAT ran ahead of now before the first of them, in microseconds. The charges that still
--          fit are admitted, first come first served; what the caller can work out of this it is not told.
-- One key, read and written in one step; nothing is written where nothing is admitted. The key outlives its TAT
-- by up to 3 ms, as expiry counts from the start of the script and in whole milliseconds: it must never be
-- forgotten early. Numbers are formatted here because Redis would print them as floating point, which takes
-- longer than the rest of the script.
local call = redis.call
local time = call('TIME')
local now = time[1] * 1000000 + time[2]
local ahead = (tonumber(call('GET', KEYS[1])) or now) - now
if ahead < 0 then ahead = 0 end
local step = tonumber(ARGV[1])
local admitted = math.min(tonumber(ARGV[3]), math.floor((ARGV[2] - ahead) / step))
if admitted > 0 then
  local after = ahead + admitted * step
  local expiry = string.format('%d', after / 1000 + 2)
  call('SET', KEYS[1], string.format('%d', now + after), 'PX', expiry)
end
return ahead
