/** For tests of this package. */
export { eventually } from './eventually.ts'
export { aContainer, aHostRuntime, aSandbox, type HostFixture } from './host.ts'
