-- Creates an account unless its e-mail address or its ID is taken.
--
-- KEYS[1]  the account's record    KEYS[2]  the address by the account's ID    KEYS[3]  all addresses
-- KEYS[4]  the forms of all password hashes
-- ARGV[1]  the ID    ARGV[2]  the address    ARGV[3]  the form of its password hash, or empty
-- ARGV[4...]  the record's fields and values, the ID aside
-- Reply    1, or 0 where another account has the address, 2 where another has the ID
-- All keys or none. Creating the same account again is 1 and leaves the record alone, so that a lost
-- answer can be asked for again; it does mend an index that has lost the account. At most 32 forms are kept.
local holder = redis.call('HGET', KEYS[1], 'id')
if holder and holder ~= ARGV[1] then return 0 end
local address = redis.call('GET', KEYS[2])
if address and address ~= ARGV[2] then return 2 end
if not holder then
    redis.call('HSET', KEYS[1], 'id', ARGV[1], unpack(ARGV, 4))
    if ARGV[3] ~= '' and redis.call('SCARD', KEYS[4]) < 32 then redis.call('SADD', KEYS[4], ARGV[3]) end
end
redis.call('SET', KEYS[2], ARGV[2])
redis.call('ZADD', KEYS[3], 0, ARGV[2])
return 1
