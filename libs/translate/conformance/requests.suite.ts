import { basicRequests } from './request-basics.suite.ts'
import { contentRequests } from './request-content.suite.ts'
import { foreignRequests } from './request-foreign.suite.ts'
import { withLegacyBody } from './request-legacy.suite.ts'
import type { RequestScenario } from './request-scenario.suite.ts'
import { toolRequests } from './request-tools.suite.ts'

/** Every scenario of a request, in the order of the page that shows what becomes of them. */
export const requestScenarios: readonly RequestScenario[] = [
  ...basicRequests.map(withLegacyBody),
  ...toolRequests,
  ...contentRequests,
  ...foreignRequests,
]
