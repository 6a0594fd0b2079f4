-- Takes a place among the requests in flight of one subject, if there is one.
--
-- KEYS[1]  the subject's leases by the millisecond in which they end
-- ARGV[1]  places    ARGV[2]  how long the lease lasts, in milliseconds    ARGV[3]  the lease's ID
-- Reply    leases held, this one included; the same as a negative number where there is no place for it
-- One key. Leases that have ended go first, so that what a killed worker held is free again. A lease that is held
-- already is held on: the question may have been sent twice.
local call = redis.call
local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local held = call('ZCARD', KEYS[1])
if not call('ZSCORE', KEYS[1], ARGV[3]) then
  if held >= tonumber(ARGV[1]) then return -held end
  held = held + 1
end
call('ZADD', KEYS[1], now + ARGV[2], ARGV[3])
if call('PTTL', KEYS[1]) < tonumber(ARGV[2]) then call('PEXPIRE', KEYS[1], ARGV[2]) end
return held
