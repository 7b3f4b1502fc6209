import {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  fastify,
  type RouteOptions,
} from 'fastify'
import { type AnyCallerWire, GatewayError, type RequestAddress } from '#contract'
import { answerUnrouted } from './answer-unrouted.ts'
import type { ApiContext, InferenceRoute, RouteUrl } from './context.ts'
import { type CustomMethods, groupCustomMethods, isCustomMethod } from './custom-methods.ts'
import { handleDirect } from './direct/handle-direct.ts'
import type { DirectRoute } from './direct/route.ts'
import { type HttpPair, handleInference } from './handle-inference.ts'
import { handlePassthrough } from './handle-passthrough.ts'
import { noSchemas } from './no-schemas.ts'
import { refuseConnection } from './refuse-connection.ts'
import { handleResource } from './resources/handle-resource.ts'
import type { ResourceRoute } from './resources/route.ts'
import { routedUrl } from './routes/frameworks.ts'
import { registerHealth } from './routes/health.ts'
import { registerMetrics } from './routes/metrics.ts'
import { registerProbes } from './routes/probes.ts'
import { createServed, type Shape } from './routes/unrouted.ts'

/** Who may call a route. There is no default: a route without one keeps the process from starting. */
export type AuthClass =
  /** Anyone. */
  | 'public'
  /** Whoever may use the surfaces. */
  | 'client'

declare module 'fastify' {
  interface FastifyContextConfig {
    auth?: AuthClass
  }
}

/** The longest upload; bodies that are held whole have a limit of their own. */
const requestTimeoutMs = 3_600_000
const headersTimeoutMs = 10_000
/** Above the idle time of the usual load balancers, so that they close first and never write into a closed socket. */
const keepAliveTimeoutMs = 72_000
const maxHeaderBytes = 16_384

/** Builds the HTTP application: limits, default deny, CORS, routes. */
export async function buildApp(
  api: ApiContext,
  options: {
    readonly routes: readonly InferenceRoute[]
    readonly direct: readonly DirectRoute[]
    readonly resources: readonly ResourceRoute[]
    readonly wires: Readonly<Record<Shape, AnyCallerWire>>
  },
): Promise<FastifyInstance> {
  const app = fastify({
    logger: false,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    trustProxy: false,
    schemaController: noSchemas,
    rewriteUrl: ({ url = '/' }) => routedUrl(url),
    routerOptions: { maxParamLength: 512 },
    http: {
      maxHeaderSize: maxHeaderBytes,
      headersTimeout: headersTimeoutMs,
      connectionsCheckingInterval: 1_000,
    },
    clientErrorHandler: (thrown, socket) =>
      refuseConnection(api, { wire: options.wires.openai, thrown, socket }),
    frameworkErrors: (error, request, reply) => answer(request, reply, refusal(error)),
  })
  const served = createServed([
    ...options.routes,
    ...[...options.direct, ...options.resources].map(({ path, method }) => ({ path, methods: [method] })),
  ])
  const answer = (request: FastifyRequest, reply: FastifyReply, error?: GatewayError) => {
    reply.hijack()
    answerUnrouted(api, {
      request: request.raw,
      url: request.originalUrl,
      response: reply.raw,
      error,
      baseHeaders: plainHeaders(api, reply),
      served,
      wires: options.wires,
    })
  }
  app.addHook('onRoute', requireAuthClass)
  // Bodies are read by the handlers themselves: as bytes, with our limit and our errors.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _payload, done) => done(null))
  if (api.config.server.allowedOrigins.length > 0) await registerCors(app, api)
  registerHealth(app, api)
  registerMetrics(app, api)
  registerProbes(app)
  for (const route of options.routes) if (!isCustomMethod(route)) registerInference(app, api, route)
  for (const methods of groupCustomMethods(options.routes)) {
    registerCustomMethods(app, api, { methods, unrouted: answer })
  }
  for (const route of options.direct) register(app, api, { route, handle: handleDirect })
  for (const route of options.resources) register(app, api, { route, handle: handleResource })
  app.setNotFoundHandler((request, reply) => answer(request, reply))
  app.setErrorHandler((error, request, reply) => answer(request, reply, refusal(error)))
  await app.ready()
  return app
}

function registerInference(app: FastifyInstance, api: ApiContext, route: InferenceRoute): void {
  const method = [...(route.methods ?? ['POST'])]
  const handler = (request: FastifyRequest, reply: FastifyReply) =>
    handle(api, route, { request, reply, params: request.params as Params })
  app.route({ method, url: route.path, exposeHeadRoute: false, config: { auth: 'client' }, handler })
}

function registerCustomMethods(
  app: FastifyInstance,
  api: ApiContext,
  options: {
    readonly methods: CustomMethods
    readonly unrouted: (request: FastifyRequest, reply: FastifyReply) => void
  },
): void {
  app.post(options.methods.path, { config: { auth: 'client' } }, (request, reply) => {
    const found = options.methods.find((request.params as Params)['*'] ?? '')
    if (found === undefined) options.unrouted(request, reply)
    else handle(api, found.route, { request, reply, params: { '*': found.name } })
  })
}

type Params = Readonly<Record<string, string>>

function handle(
  api: ApiContext,
  route: InferenceRoute,
  {
    request,
    reply,
    params,
  }: { readonly request: FastifyRequest; readonly reply: FastifyReply; readonly params: Params },
): void {
  reply.hijack()
  const url = urlOf(request, params)
  const http = {
    request: request.raw,
    response: reply.raw,
    baseHeaders: plainHeaders(api, reply),
    address: route.address?.(url) ?? nowhere,
    deployment: route.deployment?.(url),
  }
  const { passthrough } = route
  if (passthrough === undefined) void handleInference(api, route, http)
  else void handlePassthrough(api, { ...route, passthrough }, { ...http, url })
}

const nowhere: RequestAddress = {}

/** Most routes never look at the query, so it is read when one does. */
function urlOf(request: FastifyRequest, params: Params): RouteUrl {
  let query: URLSearchParams | undefined
  return {
    params,
    get query() {
      query ??= new URLSearchParams(request.raw.url?.split('?', 2)[1])
      return query
    },
  }
}

function register<Route extends Pick<DirectRoute, 'method' | 'path'>>(
  app: FastifyInstance,
  api: ApiContext,
  options: {
    readonly route: Route
    readonly handle: (
      api: ApiContext,
      route: Route,
      http: HttpPair & { readonly url: RouteUrl },
    ) => Promise<void>
  },
): void {
  const { route, handle } = options
  app.route({
    method: route.method,
    url: route.path,
    config: { auth: 'client' },
    handler: (request, reply) => {
      reply.hijack()
      void handle(api, route, {
        request: request.raw,
        response: reply.raw,
        baseHeaders: plainHeaders(api, reply),
        url: urlOf(request, request.params as Params),
      })
    },
  })
}

/** The default deny: every route says who may call it, or the process does not start. */
export function requireAuthClass(route: RouteOptions): void {
  // The answer to preflights, which @fastify/cors registers itself and which carries nothing.
  const isPreflight = route.method === 'OPTIONS' && route.url === '*'
  if (route.config?.auth === undefined && !isPreflight) {
    throw new Error(`The route ${String(route.method)} ${route.url} declares no auth class (config.auth).`)
  }
}

async function registerCors(app: FastifyInstance, api: ApiContext): Promise<void> {
  const { allowedOrigins } = api.config.server
  const { default: cors } = await import('@fastify/cors')
  await app.register(cors, {
    origin: allowedOrigins.includes('*') ? '*' : [...allowedOrigins],
    methods: ['GET', 'HEAD', 'POST', 'DELETE'],
    // Not listed: whatever a preflight asks for is allowed (x-stainless-*, anthropic-*, authorization, …).
    exposedHeaders: [
      'x-request-id',
      'request-id',
      'retry-after',
      'x-goog-upload-status',
      'x-goog-upload-url',
      'x-bifrost-provider',
      'x-bifrost-model',
      'x-bifrost-attempts',
      'x-bifrost-queue-ms',
      'x-bifrost-warnings',
    ],
    maxAge: 600,
    strictPreflight: false,
  })
}

/** What the framework itself refuses (a malformed content-type or URL) or a handler throws, in our terms. */
function refusal(error: unknown): GatewayError {
  const status = typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : 500
  if (status === 415) {
    return new GatewayError({
      kind: 'unsupported-media-type',
      code: 'unsupported_media_type',
      message: 'The content-type header is malformed; send application/json.',
    })
  }
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new GatewayError({
      kind: 'invalid-request',
      code: 'bad_request',
      message: 'The request line or a header is malformed.',
    })
  }
  return GatewayError.from(error)
}

const noHeaders: Readonly<Record<string, string>> = {}

/** What plugins (CORS) have put on the answer, for answers that are written past the framework. */
function plainHeaders({ config }: ApiContext, reply: FastifyReply): Readonly<Record<string, string>> {
  if (config.server.allowedOrigins.length === 0) return noHeaders
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) headers[name] = String(value)
  }
  return headers
}
