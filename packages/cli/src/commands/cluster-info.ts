import { Service } from '@wherry/api'
import pc from 'picocolors'
import { defineCommand, defineGroup } from '../command.ts'
import type { Context } from '../context.ts'
import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { isNotFound } from '@wherry/apimachinery'
import { type JsonObject, unstructured } from '../objects/json.ts'
import { newPrinter } from '../printers/output.ts'

/** Colours only for who looks at a terminal. */
function coloursFor(context: Context) {
  return pc.createColors(context.stdout.isTTY === true && context.env.NO_COLOR === undefined)
}

const show = defineCommand({
  use: 'cluster-info',
  short: "Show where the cluster's services are",
  flags: {},
  async run(context) {
    const { client, server } = await context.connect()
    const colours = coloursFor(context)
    const line = (name: string, url: string) =>
      context.print(`${colours.green(name)} is running at ${colours.yellow(url)}\n`)
    const { items } = await client.list(Service, {
      namespace: 'kube-system',
      labelSelector: 'kubernetes.io/cluster-service=true',
    })
    line('Kubernetes control plane', server)
    for (const service of items) {
      const ingress = service.status?.loadBalancer?.ingress?.[0]
      const title = service.metadata.labels?.['kubernetes.io/name'] ?? service.metadata.name ?? ''
      const [port] = service.spec?.ports ?? []
      if (ingress) {
        const links = (service.spec?.ports ?? []).map((one) => `http://${ingress.ip ?? ingress.hostname}:${one.port} `)
        line(title, links.join(''))
      } else {
        const scheme = port?.name === 'https' || port?.port === 443 ? 'https:' : ''
        const name = `${scheme}${service.metadata.name}${port?.name || scheme ? `:${port?.name ?? ''}` : ''}`
        line(title, `${server}/api/v1/namespaces/${service.metadata.namespace}/services/${name}/proxy`)
      }
    }
    context.print(`\nTo further debug and diagnose cluster problems, use '${context.program} cluster-info dump'.\n`)
  },
})

const dumped = ['events', 'replicationcontrollers', 'services', 'daemonsets', 'deployments', 'replicasets', 'pods']

const dump = defineCommand({
  use: 'cluster-info dump [flags]',
  short: 'Print what helps to find out what is wrong with a cluster',
  flags: {
    'all-namespaces': { type: 'boolean', short: 'A', describe: 'Of all namespaces.' },
    namespaces: {
      type: 'strings',
      describe: 'Of these namespaces; the current one and kube-system where none is given.',
    },
    output: { type: 'string', short: 'o', default: 'json', describe: 'json or yaml.' },
    'output-directory': { type: 'string', describe: 'Where to put the files; - or empty is standard output.' },
  },
  async run(context, { flags }) {
    const connection = await context.connect()
    const mapper = await connection.mapper()
    const folder = flags['output-directory']
    const write = async (path: string, object: JsonObject | string) => {
      const chunks: string[] = []
      if (typeof object === 'string') chunks.push(object)
      else
        (await newPrinter({ flags, write: (text) => chunks.push(text), order: 'sorted' })).print(unstructured(object))
      if (folder === '' || folder === '-') return void context.print(chunks.join(''))
      const target = resolve(context.cwd, folder, path)
      await mkdir(join(target, '..'), { recursive: true })
      await writeFile(target, chunks.join(''))
    }
    const extension = flags.output === 'yaml' ? 'yaml' : 'json'
    await write(`nodes.${extension}`, list(await connection.rest.list(mapper.resolve('nodes'), '')))
    const namespaces = flags['all-namespaces']
      ? (await connection.rest.list(mapper.resolve('namespaces'), '')).map(({ metadata }) => metadata.name ?? '')
      : flags.namespaces.length > 0
        ? flags.namespaces
        : ['kube-system', connection.namespace]
    for (const namespace of namespaces) {
      for (const type of dumped) {
        const objects = await connection.rest.list(mapper.resolve(type), namespace)
        await write(join(namespace, `${type}.${extension}`), list(objects))
        if (type !== 'pods') continue
        for (const pod of objects) {
          const name = pod.metadata.name ?? ''
          const path = `/api/v1/namespaces/${namespace}/pods/${name}/log`
          const log = await connection.rest.send('GET', path).catch((error: unknown) => {
            if (isNotFound(error)) return undefined
            return { body: Buffer.from(error instanceof Error ? error.message : String(error)) }
          })
          const text = `==== START logs for container of pod ${namespace}/${name} ====\n${log?.body.toString('utf8') ?? ''}==== END logs for container of pod ${namespace}/${name} ====\n`
          await write(join(namespace, name, 'logs.txt'), text)
        }
      }
    }
    if (folder !== '' && folder !== '-') context.print(`Cluster info dumped to ${folder}\n`)
  },
})

function list(items: unknown[]): JsonObject {
  return { apiVersion: 'v1', items, kind: 'List', metadata: {} }
}

export const clusterInfoCommand = defineGroup({
  use: 'cluster-info [flags]',
  short: "Show where the cluster's services are",
  examples: `# The control plane's address
$ cluster-info`,
  own: show,
  commands: { dump: { short: dump.short, load: async () => dump } },
})
