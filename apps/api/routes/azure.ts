import type { ProviderId } from '#contract'
import type { DeploymentRoute } from '../context.ts'

/**
 * The paths of an Azure OpenAI client whose endpoint is `/openai`: it adds `/openai` itself, then `/deployments/{name}` before
 * what Azure serves by deployment, and always `api-version`, which means nothing here. With `/openai/v1` it is Azure's
 * newer API, which has neither. `AzureOpenAI` of openai 7.57.0 and 5.9.0, azure.mjs.
 */

const byDeployment: ReadonlySet<string> = new Set([
  '/completions',
  '/chat/completions',
  '/embeddings',
  '/audio/transcriptions',
  '/audio/translations',
  '/audio/speech',
  '/images/generations',
  '/images/edits',
])

/** Azure's own clients send it there too, where a deployment is set for all requests; a batch is of no deployment. */
const deployed = '/batches'

/** The routes, and those of the OpenAI surface again where an Azure client looks for them. */
export function withAzure<Route extends DeploymentRoute & { readonly ownProvider: ProviderId }>(
  routes: readonly Route[],
  ownProvider: ProviderId,
): readonly Route[] {
  return routes.flatMap((route) => {
    if (!route.path.startsWith('/openai/')) return [route]
    const path = route.path.slice('/openai'.length)
    const azure = { ...route, path: `/openai${route.path}`, ownProvider, ignoresApiVersion: true as const }
    if (path === deployed) return [route, azure, { ...azure, path: `${deployments}:deployment${path}` }]
    if (!byDeployment.has(path)) return [route, azure]
    const named = ({ params }: { readonly params: Readonly<Record<string, string>> }) => params['*'] ?? ''
    return [route, azure, { ...azure, path: `${deployments}*${path}`, deployment: named }]
  })
}

const deployments = '/openai/openai/deployments/'
