import { createHash } from 'node:crypto'
import { gunzipSync, gzipSync } from 'node:zlib'
import { notAcceptable } from '@wherry/apimachinery'
import { type Request, type Response, Router } from 'express'
import { type Definitions, perDefinitions, type ServedResource, servedResources } from '../discovery/served.ts'
import { groupDocument, swaggerDocument, swaggerJSON } from './documents.ts'
import { encodeSwagger } from './gnostic.ts'
import { type Prose, readProse } from './prose.ts'

export interface OpenAPIDeps {
  readonly definitions: Definitions
  /** What `generator/descriptions.mjs` wrote; without it the documents have no prose. */
  readonly descriptionsFile?: string | undefined
  /** Entries of the index whose documents are other servers'. */
  readonly remotePaths?: () => Record<string, object>
}

interface Document {
  readonly hash: string
  /** Compressed: documents are megabytes, and asked for rarely. */
  readonly gzipped: Buffer
}

/** Clients ask with an `@`, which no media type may have: the answer says it with a dot, as upstream's does. */
const swaggerProtobuf = /^application\/com\.github\.proto-openapi\.spec\.v2[@.]v1\.0\+protobuf$/
const year = 365 * 24 * 3600

/**
 * Serves the API's schemas: /openapi/v3, an index of one document for each group and version under addresses that
 * change with their content, and /openapi/v2, everything in one, as JSON or protobuf (upstream
 * `kube-openapi/pkg/handler3` and `handler`). Nothing is made before it is asked for; what was made is kept compressed.
 */
export function newOpenAPI({ definitions, descriptionsFile, remotePaths }: OpenAPIDeps): Router {
  const groups = new Map<string, GroupDocument>()
  const sets = perDefinitions(definitions, (current) => newDocuments(servedResources(current), groups))
  const router = Router()

  router.get('/openapi/v3', async (request, response) => {
    const set = sets()
    const paths: Record<string, object> = {}
    const prose = lazyProse(descriptionsFile)
    for (const name of set.groups) {
      // Making all of them takes a while: others have their turn in between.
      await new Promise((resolve) => setImmediate(resolve))
      const { hash } = set.group(name, prose)
      paths[name] = { serverRelativeURL: `/openapi/v3/${name}?hash=${hash}` }
    }
    mustAccept(request, (type) => type === 'application/json')
    response.setHeader('Content-Type', 'application/json')
    response.end(JSON.stringify({ paths: { ...paths, ...remotePaths?.() } }))
  })
  router.get('/openapi/v3/*group', (request, response, next) => {
    const set = sets()
    const { group } = request.params
    const name = Array.isArray(group) ? group.join('/') : String(group)
    if (!set.groups.includes(name)) return next()
    mustAccept(request, (type) => type === 'application/json')
    const document = set.group(name, lazyProse(descriptionsFile))
    const asked = request.query.hash
    if (asked !== undefined && asked !== document.hash) {
      response.redirect(301, `/openapi/v3/${name}?hash=${document.hash}`)
      return
    }
    if (asked !== undefined) response.setHeader('Cache-Control', `public, max-age=${year}, immutable`)
    send(request, response, document, 'application/json')
  })
  router.get('/openapi/v2', (request, response) => {
    const type = mustAccept(request, (one) => one === 'application/json' || swaggerProtobuf.test(one))
    const binary = swaggerProtobuf.test(type)
    const contentType = binary ? 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf' : 'application/json'
    const prose = lazyProse(descriptionsFile)
    send(request, response, binary ? sets().swaggerProtobuf(prose) : sets().swaggerJSON(prose), contentType)
  })
  return router
}

/** A group's document, and what it was made of. */
interface GroupDocument {
  readonly of: readonly ServedResource[]
  readonly document: Document
}

/** The documents of one set of definitions, each made once; `known` are those of groups that may have stayed the same. */
function newDocuments(served: readonly ServedResource[], known: Map<string, GroupDocument>) {
  const byGroup = new Map<string, ServedResource[]>()
  for (const one of served) {
    const { group, version } = one.info
    const name = group === '' ? `api/${version}` : `apis/${group}/${version}`
    byGroup.set(name, [...(byGroup.get(name) ?? []), one])
  }
  const made = new Map<string, Document>()
  const make = (key: string, content: () => string | Buffer): Document => {
    const known = made.get(key)
    if (known) return known
    const bytes = Buffer.from(content())
    const document = {
      hash: createHash('sha512').update(bytes).digest('hex').toUpperCase(),
      gzipped: gzipSync(bytes, { level: 4 }),
    }
    made.set(key, document)
    return document
  }
  return {
    groups: [...byGroup.keys()].sort(),
    group(name: string, prose: () => Prose) {
      const of = byGroup.get(name) ?? []
      const before = known.get(name)
      if (before && isSame(before.of, of)) return before.document
      const document = make(name, () => JSON.stringify(groupDocument(of, prose())))
      known.set(name, { of, document })
      return document
    },
    swaggerJSON: (prose: () => Prose) => make('v2 json', () => swaggerJSON(swaggerDocument(served, prose()))),
    swaggerProtobuf: (prose: () => Prose) => make('v2 protobuf', () => encodeSwagger(swaggerDocument(served, prose()))),
  }
}

function isSame(a: readonly ServedResource[], b: readonly ServedResource[]): boolean {
  const same = (one: ServedResource, other: ServedResource | undefined) =>
    one.info === other?.info && one.definition === other.definition
  return a.length === b.length && a.every((one, at) => same(one, b[at]))
}

/** Reads the prose when the first document needs it, once for all that one request makes. */
function lazyProse(file: string | undefined): () => Prose {
  let prose: Prose | undefined
  return () => (prose ??= readProse(file))
}

/** The first media type of the client's that is served; throws 406 when there is none. */
function mustAccept(request: Request, served: (type: string) => boolean): string {
  const accept = request.headers.accept ?? '*/*'
  for (const range of accept.split(',')) {
    const type = range.split(';')[0]?.trim() ?? ''
    if (type === '*/*' || type === 'application/*' || type === '') return 'application/json'
    if (served(type)) return type
  }
  throw notAcceptable('only the following media types are accepted: application/json')
}

function send(request: Request, response: Response, { hash, gzipped }: Document, type: string): void {
  const etag = `"${hash}"`
  response.setHeader('Content-Type', type)
  response.setHeader('ETag', etag)
  response.setHeader('Vary', 'Accept, Accept-Encoding')
  if (request.headers['if-none-match'] === etag) {
    response.statusCode = 304
    response.end()
  } else if (/\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))) {
    response.setHeader('Content-Encoding', 'gzip')
    response.end(gzipped)
  } else response.end(gunzipSync(gzipped))
}
