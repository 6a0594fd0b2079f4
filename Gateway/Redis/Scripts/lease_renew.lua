-- Holds leases of one subject for some time from now, also such as are gone.
--
-- KEYS[1]  the subject's leases by the millisecond in which they end
-- ARGV[1]  how long, in milliseconds    ARGV[2...]  the leases' IDs
-- Reply    1
-- One key. A server that lost its data, or a replica that took over without the last writes, thereby knows again
-- what is under way.
local time = redis.call('TIME')
local ends = time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[1]
for i = 2, #ARGV do redis.call('ZADD', KEYS[1], ends, ARGV[i]) end
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[1]) then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return 1
