export { type APIServer, type APIServerDeps, type APIServerOptions, newAPIServer } from './server.ts'
