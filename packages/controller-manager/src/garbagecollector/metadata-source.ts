import type { Kind } from '@wherry/api'
import {
  type Client,
  collectionPath,
  type KubeList,
  type ListerWatcher,
  type ListOptions,
  responseError,
  type WatchEvent,
  type WatchOptions,
} from '@wherry/client'
import { linesOf } from './lines.ts'

const metadataOf = (form: string) => `application/json;as=${form};g=meta.k8s.io;v=v1`

/** Lists and watches a kind as PartialObjectMetadata, over plain HTTP: the smallest form that there is. */
export function metadataSource(client: Client, kind: Kind): ListerWatcher {
  const path = collectionPath(kind)
  return {
    async list({ signal, ...query }: ListOptions) {
      const headers = { accept: metadataOf('PartialObjectMetadataList') }
      const response = await client.request({ method: 'GET', path, query: { ...query }, headers, signal })
      if (response.status !== 200) throw responseError(response, { method: 'GET', kind })
      // The server was asked for this type.
      return JSON.parse(response.body.toString('utf8')) as KubeList
    },
    async *watch({ signal, ...query }: WatchOptions) {
      const headers = { accept: metadataOf('PartialObjectMetadata') }
      const request = { method: 'GET', path, query: { ...query, watch: true }, headers, signal }
      const stream = await client.stream(request)
      const abort = () => stream.destroy()
      signal?.addEventListener('abort', abort, { once: true })
      try {
        if (stream.statusCode !== 200) throw responseError(await readResponse(stream), { method: 'GET', kind })
        for await (const line of linesOf(stream)) yield JSON.parse(line) as WatchEvent
      } catch (error) {
        signal?.throwIfAborted()
        throw error
      } finally {
        signal?.removeEventListener('abort', abort)
        stream.destroy()
      }
    },
  }
}

type Stream = Awaited<ReturnType<Client['stream']>>

async function readResponse(stream: Stream) {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return { status: stream.statusCode ?? 0, headers: stream.headers, body: Buffer.concat(chunks) }
}
