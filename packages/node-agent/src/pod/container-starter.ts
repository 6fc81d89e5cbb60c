import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Service } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'
import type { Clock } from '@wherry/component-base'
import { type ContainerRuntime, type Mount, type PodSandbox, RuntimeError } from '../runtime/cri.ts'
import { staysWithin } from '../volumes/stays-within.ts'
import type { PreparedVolume } from '../volumes/volume.ts'
import { containerConfig } from './container-config.ts'
import { ContainerConfigError, containerEnv } from './env.ts'
import type { PodFacts } from './field-ref.ts'
import { runHook } from './hooks.ts'
import { hostsFile } from './hosts-file.ts'
import { ImagePuller, type NotStarted } from './image-puller.ts'
import { podDirectory } from './pod-directory.ts'
import { type ContainerSpec, type PodObject, podUid } from './pod-object.ts'
import type { References } from './references.ts'
import { serviceEnv } from './service-env.ts'

export interface ContainerStarterDeps {
  runtime: ContainerRuntime
  clock: Clock
  references: References
  /** Resolves once all services of the cluster are known. */
  services: () => Promise<readonly DeepReadonly<Service>[]>
  /** Where pods reach the API server, when its Service's own port is out of their reach. */
  apiServer?: { host: string; port: number }
  rootDir: string
  rootAgent: boolean
  event: (type: 'Normal' | 'Warning', reason: string, message: string, container: string) => void
  changed: () => void
}

export interface StartRequest {
  pod: PodObject
  container: ContainerSpec
  attempt: number
  sandbox: PodSandbox
  hostname: string
  facts: PodFacts
  volumes: ReadonlyMap<string, PreparedVolume>
  /** Aborted: the pod is being ended. */
  signal: AbortSignal
}

/** `hookFailed`: it runs, but its postStart hook failed, so that it has to be ended. */
export type StartOutcome = { id: string; hookFailed?: string } | NotStarted

const configRetryMs = 10_000

/** Makes and starts containers of one pod. As the kubelet's startContainer, with its events. */
export class ContainerStarter {
  readonly #deps: ContainerStarterDeps
  readonly #images: ImagePuller

  constructor(deps: ContainerStarterDeps) {
    this.#deps = deps
    this.#images = new ImagePuller(deps)
  }

  async start(request: StartRequest): Promise<StartOutcome> {
    const { runtime, event } = this.#deps
    const { container } = request
    const notPulled = await this.#images.ensure(container)
    if (notPulled) return notPulled
    let id: string
    try {
      id = await this.#create(request)
    } catch (error) {
      const isConfig = error instanceof ContainerConfigError
      if (!isConfig && !(error instanceof RuntimeError)) throw error
      event('Warning', 'Failed', `Error: ${error.message}`, container.name)
      const reason = isConfig ? 'CreateContainerConfigError' : 'CreateContainerError'
      return { reason, message: error.message, retryMs: configRetryMs }
    }
    event('Normal', 'Created', 'Container created', container.name)
    try {
      await runtime.startContainer(id)
    } catch (error) {
      if (!(error instanceof RuntimeError)) throw error
      event('Warning', 'Failed', `Error: ${error.message}`, container.name)
      return { reason: 'RunContainerError', message: error.message, retryMs: 0 }
    }
    event('Normal', 'Started', 'Container started', container.name)
    return this.#postStart(request, id)
  }

  async #postStart({ container, sandbox, signal }: StartRequest, id: string): Promise<StartOutcome> {
    const { runtime, clock, event } = this.#deps
    const hook = container.lifecycle?.postStart
    if (!hook) return { id }
    const context = { runtime, clock, container, containerId: id, podIP: sandbox.ip, timeoutMs: 0, signal }
    const failure = await runHook(hook, context)
    if (failure === undefined || signal.aborted) return { id }
    event('Warning', 'FailedPostStartHook', 'PostStartHook failed', container.name)
    return { id, hookFailed: failure }
  }

  async #create(request: StartRequest): Promise<string> {
    const { runtime, rootDir, rootAgent } = this.#deps
    const { pod, container, attempt, sandbox, hostname, volumes } = request
    const env = await containerEnv(pod, container, await this.#envSources(request))
    const directory = podDirectory(rootDir, pod).pod
    const hosts = join(directory, 'etc-hosts')
    const terminationFile = join(directory, 'containers', container.name, String(attempt))
    const config = containerConfig({
      pod,
      container,
      attempt,
      env,
      volumes,
      rootDir,
      hostsFile: hosts,
      terminationFile,
      rootAgent,
    })
    await mkdir(dirname(terminationFile), { recursive: true })
    await writeFile(terminationFile, '')
    await chmod(terminationFile, 0o666)
    const nodeHosts = pod.spec?.hostNetwork ? await readFile('/etc/hosts', 'utf8') : ''
    await writeFile(hosts, hostsFile(pod, hostname, sandbox.ip, nodeHosts))
    await prepareSubPaths(container, config.mounts, volumes)
    return runtime.createContainer(sandbox.id, config)
  }

  async #envSources({ pod, facts, volumes }: StartRequest) {
    const { references, services, apiServer, changed } = this.#deps
    const namespace = pod.metadata.namespace ?? ''
    const reader = { uid: podUid(pod), use: 'environment' as const, changed }
    const variables = serviceEnv(await services(), namespace, pod.spec?.enableServiceLinks !== false)
    if (apiServer) {
      variables.set('KUBERNETES_SERVICE_HOST', apiServer.host)
      variables.set('KUBERNETES_SERVICE_PORT', String(apiServer.port))
      variables.set('KUBERNETES_SERVICE_PORT_HTTPS', String(apiServer.port))
    }
    return {
      ...facts,
      services: variables,
      configMap: (name: string) => references.configMaps.get(namespace, name, reader),
      secret: (name: string) => references.secrets.get(namespace, name, reader),
      volumeFile: async (volume: string, path: string) => {
        const root = volumes.get(volume)?.path
        return root === undefined ? undefined : readFile(join(root, path), 'utf8').catch(() => undefined)
      },
    }
  }
}

/** Makes the subPaths that are not there, as the kubelet does; none may lead out of its volume through a link. */
async function prepareSubPaths(
  container: ContainerSpec,
  mounts: readonly Mount[],
  volumes: ReadonlyMap<string, PreparedVolume>,
): Promise<void> {
  for (const { name, mountPath } of container.volumeMounts ?? []) {
    const volume = volumes.get(name)
    const path = mounts.find(({ containerPath }) => containerPath === mountPath)?.hostPath
    if (!volume || path === undefined || path === volume.path) continue
    if (!(await staysWithin(volume.path, path))) {
      throw new ContainerConfigError(
        `failed to prepare subPath for volumeMount "${name}" of container "${container.name}"`,
      )
    }
    await mkdir(path, { recursive: true }).catch((error: unknown) => {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    })
  }
}
