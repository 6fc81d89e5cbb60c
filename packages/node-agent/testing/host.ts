import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { realClock, silentLogger } from '@wherry/component-base'
import type { LogLimits } from '../src/logs/log-writer.ts'
import type { ContainerConfig, ContainerRuntime, PodSandboxConfig } from '../src/runtime/cri.ts'
import type { IsolationFacts } from '../src/runtime/host/isolation.ts'
import { newHostRuntime } from '../src/runtime/host/host-runtime.ts'

export interface HostFixture {
  dir: string
  runtime: ContainerRuntime
  /** Lets go of the containers, as an agent that ends, and makes a runtime on the same directory. */
  restart(): Promise<ContainerRuntime>
  /** Ends every container and removes the directory. */
  close(): Promise<void>
}

export interface HostOptions {
  logLimits?: LogLimits
  podCIDR?: string
  isolation?: IsolationFacts
}

/** A host runtime on a directory of its own. */
export async function aHostRuntime(options: HostOptions = {}): Promise<HostFixture> {
  const dir = mkdtempSync(join(tmpdir(), 'wherry-host-'))
  const config = {
    rootDir: join(dir, 'runtime'),
    podCIDR: options.podCIDR ?? '127.199.0.0/24',
    nodeIP: '127.0.0.1',
    imageDir: join(dir, 'images'),
    ...(options.logLimits ? { logLimits: options.logLimits } : {}),
  }
  const make = async () => {
    const runtime = newHostRuntime({ clock: realClock, logger: silentLogger, config, isolation: options.isolation })
    await runtime.start()
    return runtime
  }
  const fixture: HostFixture = {
    dir,
    runtime: await make(),
    async restart() {
      await fixture.runtime.close()
      fixture.runtime = await make()
      return fixture.runtime
    },
    async close() {
      for (const { id } of await fixture.runtime.listPodSandbox()) await fixture.runtime.removePodSandbox(id)
      await fixture.runtime.close()
      rmSync(dir, { recursive: true, force: true })
    },
  }
  return fixture
}

/** A sandbox for pod NAME; resolves with its id. */
export async function aSandbox(host: HostFixture, name = 'web'): Promise<string> {
  return host.runtime.runPodSandbox(sandboxConfig(host, name))
}

export function sandboxConfig({ dir }: HostFixture, name: string): PodSandboxConfig {
  return {
    metadata: { name, namespace: 'default', uid: `uid-${name}`, attempt: 0 },
    hostname: name,
    logDirectory: join(dir, 'logs', name),
    labels: {},
    annotations: {},
    hostNetwork: false,
    portMappings: [],
  }
}

/** A container that runs shell text. */
export function aContainer(
  { dir }: HostFixture,
  script: string,
  config: Partial<ContainerConfig> = {},
): ContainerConfig {
  const name = config.metadata?.name ?? 'main'
  return {
    metadata: { name, attempt: 0 },
    image: { image: 'shell' },
    command: ['/bin/sh', '-c', script],
    args: [],
    workingDir: '',
    envs: [],
    mounts: [],
    labels: {},
    annotations: {},
    logPath: join(dir, 'logs', `${name}.log`),
    stdin: false,
    stdinOnce: false,
    tty: false,
    ...config,
  }
}
