import { isUtf8 } from 'node:buffer'
import { ConfigMap } from '@wherry/api'
import { defineCommand } from '../../command.ts'
import { dataFlags, readData } from './data-sources.ts'
import { createGenerated, generatorFlags, nameArgument, newMeta } from './generate.ts'
import { contentHash } from './hash.ts'

export const createConfigMapCommand = defineCommand({
  use: 'create configmap NAME [--from-file=[key=]source] [--from-literal=key1=value1] [--dry-run=server|client|none]',
  short: 'Create a config map from a local file, directory or literal value',
  examples: `# From a directory: each file is a key
$ create configmap settings --from-file=conf/

# From literals
$ create configmap settings --from-literal=colour=blue --from-literal=size=2

# From lines of key=value
$ create configmap settings --from-env-file=settings.env`,
  flags: { ...generatorFlags, ...dataFlags },
  async run(context, { args, flags }) {
    const name = nameArgument(args)
    const all = await readData(context, flags, 'ConfigMap', name)
    const data: Record<string, string> = {}
    const binaryData: Record<string, string> = {}
    for (const [key, value] of all) {
      if (isUtf8(value)) data[key] = value.toString('utf8')
      else binaryData[key] = value.toString('base64')
    }
    const hasBinary = Object.keys(binaryData).length > 0
    const content = { kind: 'ConfigMap', name, data, ...(hasBinary && { binaryData }) }
    const meta = newMeta(context, ConfigMap, flags['append-hash'] ? `${name}-${contentHash(content)}` : name)
    const map = {
      kind: 'ConfigMap',
      apiVersion: 'v1',
      metadata: meta,
      ...(Object.keys(data).length > 0 && { data }),
      ...(hasBinary && { binaryData }),
    }
    await createGenerated(context, ConfigMap, map, flags, 'failed to create configmap: ')
  },
})
