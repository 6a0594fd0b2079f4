-- Changes fields of an account that is there.
--
-- KEYS[1]  the account's record    KEYS[2]  the forms of all password hashes
-- ARGV[1]  its ID    ARGV[2]  the password hash that it must still have; empty: whatever it has
-- ARGV[3]  the form of the hash that it gets, or empty    ARGV[4...]  fields and values
-- Reply    1, or 0 where nothing was changed
-- Compared and written in one step. At most 32 forms are kept. A new hash takes a second factor with it that was offered
-- and is not confirmed: whoever began that proved another password.
if redis.call('HGET', KEYS[1], 'id') ~= ARGV[1] then return 0 end
if ARGV[2] ~= '' and redis.call('HGET', KEYS[1], 'hash') ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], unpack(ARGV, 4))
if ARGV[4] == 'hash' then redis.call('HDEL', KEYS[1], 'totp_offer', 'totp_offer_ends') end
if ARGV[3] ~= '' and redis.call('SCARD', KEYS[2]) < 32 then redis.call('SADD', KEYS[2], ARGV[3]) end
return 1
