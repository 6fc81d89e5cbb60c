/** For tests of this package. */
export { type AgentFixture, type AgentOptions, anAgent, aPod, isReady, isRunning, testNode } from './agent.ts'
export { aContainerSpec, anAttempt, anEnded, aPodObject, aStatus } from './builders.ts'
export { type CommandResult, type CommandSocket, openCommand, openSpdy } from './command-client.ts'
export { eventually } from './eventually.ts'
export { SpdyClient } from './spdy-client.ts'
export { aContainer, aHostRuntime, aSandbox, type HostFixture, type HostOptions, sandboxConfig } from './host.ts'
