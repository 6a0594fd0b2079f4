-- Changes fields of an account that is there.
--
-- KEYS[1]  the account's record
-- ARGV[1]  its ID    ARGV[2]  the password hash that it must still have; empty: whatever it has
-- ARGV[3...]  fields and values
-- Reply    1, or 0 where nothing was changed
-- One key, compared and written in one step.
if redis.call('HGET', KEYS[1], 'id') ~= ARGV[1] then return 0 end
if ARGV[2] ~= '' and redis.call('HGET', KEYS[1], 'hash') ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], unpack(ARGV, 3))
return 1
