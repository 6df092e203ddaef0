export { postgresService } from './postgres.ts'
export type { Database, Power, Service, ServiceOptions, Way } from './service.ts'
