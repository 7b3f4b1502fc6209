/** Limits per minute: reserved at admission, settled when the answer is known. */
export {
  createRateLimits,
  type RateAdmission,
  type RateLease,
  type RateLimiter,
} from './create-rate-limits.ts'
export { estimateAdmission } from './estimate-admission.ts'
