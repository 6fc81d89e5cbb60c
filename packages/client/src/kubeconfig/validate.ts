import { accessSync, constants } from 'node:fs'
import { goFileError } from './files.ts'
import type { ClusterEntry, ExecEntry, UserEntry } from './kubeconfig.ts'

/** What is wrong with a cluster's entry, in client-go's words (clientcmd/validation.go). */
export function clusterProblems(name: string, cluster: ClusterEntry): string[] {
  const problems: string[] = []
  const file = cluster['certificate-authority']
  if (!cluster.server)
    problems.push(name ? `no server found for cluster "${name}"` : 'default cluster has no server defined')
  if (cluster['proxy-url']) {
    const problem = proxyProblem(cluster['proxy-url'])
    if (problem) problems.push(`invalid 'proxy-url' "${cluster['proxy-url']}" for cluster "${name}": ${problem}`)
  }
  if (file && cluster['certificate-authority-data']) {
    problems.push(
      `certificate-authority-data and certificate-authority are both specified for ${name}. certificate-authority-data will override.`,
    )
  }
  return [...problems, ...unreadable('certificate-authority', file, name)]
}

function proxyProblem(text: string): string | undefined {
  if (!URL.canParse(text)) return `parse "${text}": invalid URI for request`
  const { protocol } = new URL(text)
  if (protocol === 'http:' || protocol === 'https:') return undefined
  return `unsupported scheme "${protocol.slice(0, -1)}", must be http or https`
}

/** What is wrong with a user's entry. */
export function userProblems(name: string, user: UserEntry): string[] {
  const problems: string[] = []
  const methods = [...(user.token ? ['token'] : []), ...(user.username || user.password ? ['basicAuth'] : [])]
  const cert = user['client-certificate']
  const key = user['client-key']
  if (cert || user['client-certificate-data']) {
    if (cert && user['client-certificate-data']) {
      problems.push(`client-cert-data and client-cert are both specified for ${name}. client-cert-data will override.`)
    }
    if (key && user['client-key-data']) {
      problems.push(`client-key-data and client-key are both specified for ${name}; client-key-data will override`)
    }
    if (!key && !user['client-key-data']) {
      problems.push(
        `client-key-data or client-key must be specified for ${name} to use the clientCert authentication method.`,
      )
    }
    problems.push(...unreadable('client-cert', cert, name), ...unreadable('client-key', key, name))
  }
  if (user['auth-provider']) problems.push(`no Auth Provider found for name "${user['auth-provider'].name}"`)
  if (user.exec) problems.push(...execProblems(name, user.exec))
  if (methods.length > 1) {
    problems.push(
      `more than one authentication method found for ${name}; found [${methods.join(' ')}], only one is allowed`,
    )
  }
  if ((user['as-uid'] || user['as-groups']?.length || user['as-user-extra']) && !user.as) {
    problems.push(`requesting uid, groups or user-extra for ${name} without impersonating a user`)
  }
  return problems
}

function execProblems(name: string, exec: ExecEntry): string[] {
  const problems: string[] = []
  const use = 'to use exec authentication plugin'
  if (!exec.command) problems.push(`command must be specified for ${name} ${use}`)
  if (!exec.apiVersion) problems.push(`apiVersion must be specified for ${name} ${use}`)
  if (exec.env?.some((variable) => !variable.name))
    problems.push(`env variable name must be specified for ${name} ${use}`)
  const mode = interactiveMode(exec)
  if (!mode) problems.push(`interactiveMode must be specified for ${name} ${use}`)
  else if (!['Never', 'IfAvailable', 'Always'].includes(mode)) {
    problems.push(`invalid interactiveMode for ${name}: "${mode}"`)
  }
  return problems
}

/** The beta version of the plugins' API has a default; v1 has none. */
export function interactiveMode({ apiVersion, interactiveMode: mode }: ExecEntry): string | undefined {
  return mode || (apiVersion === 'client.authentication.k8s.io/v1beta1' ? 'IfAvailable' : undefined)
}

function unreadable(what: string, file: string | undefined, name: string): string[] {
  if (!file) return []
  try {
    accessSync(file, constants.R_OK)
    return []
  } catch (cause) {
    return [`unable to read ${what} ${file} for ${name} due to ${goFileError('open', file, cause)}`]
  }
}
