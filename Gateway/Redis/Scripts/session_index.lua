-- Enters a session in its user's index.
--
-- KEYS[1]  the index
-- ARGV[1]  when the session began, in microseconds since 1970
-- ARGV[2]  its digest
-- ARGV[3]  how long the session may live, in milliseconds
-- ARGV[4]  how many sessions the user may have
-- Reply    all digests, the one that began first in front, if there are more than that; otherwise an empty list
-- One key, read and written in one step. Entering a session twice changes nothing. The index lives as long as
-- the session in it that may live longest.
redis.call('ZADD', KEYS[1], ARGV[1], ARGV[2])
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[3]) then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
if redis.call('ZCARD', KEYS[1]) <= tonumber(ARGV[4]) then return {} end
return redis.call('ZRANGE', KEYS[1], 0, -1)
