/** Real Redis servers for tests. */
export { ensureRedis, findRedis, type RedisProbes, type RedisSource } from './find-redis.ts'
export {
  type RedisHarness,
  type RedisOptions,
  sharedRedisUrl,
  sharedRedisVariable,
  startRedis,
} from './redis.ts'
export { canRunRedisCluster, type RedisCluster, startRedisCluster } from './redis-cluster.ts'
export { redisCommand } from './redis-command.ts'
