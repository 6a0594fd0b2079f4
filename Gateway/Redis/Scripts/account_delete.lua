-- Deletes an account.
--
-- KEYS[1]  its record    KEYS[2]  the address by its ID    KEYS[3]  all addresses
-- ARGV[1]  its ID    ARGV[2]  its address
-- Reply    1, or 0 where there is no such account
-- All three keys or none. An address that has passed to another account is left to it.
redis.call('DEL', KEYS[2])
if redis.call('HGET', KEYS[1], 'id') ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
redis.call('ZREM', KEYS[3], ARGV[2])
return 1
