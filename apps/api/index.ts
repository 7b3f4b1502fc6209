/** Front door of the API tier: HTTP in, bytes out. Knows no vendor's address. */
export { type Api, type ApiOptions, createApi } from './create-api.ts'
