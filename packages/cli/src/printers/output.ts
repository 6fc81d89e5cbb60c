import { readFile } from 'node:fs/promises'
import { CommandError } from '../errors.ts'
import { jsonPrinter, namePrinter, type ObjectPrinter, withoutManagedFields, yamlPrinter } from './printer.ts'

/** What the printing flags say. */
export interface OutputFlags {
  readonly output: string
  readonly template?: string
  readonly 'allow-missing-template-keys'?: boolean
  readonly 'show-managed-fields'?: boolean
}

/** How a command's objects are ordered in JSON: made by the command or read as they came. */
export type MemberOrder = 'keep' | 'sorted'

const templateFormats = [
  'go-template',
  'go-template-file',
  'jsonpath',
  'jsonpath-as-json',
  'jsonpath-file',
  'template',
  'templatefile',
]
const structured = ['json', 'kyaml', 'yaml']
const columnFormats = ['custom-columns', 'custom-columns-file']

/** A format and, for those with a template, the template: `jsonpath={.x}`, or with `--template`. */
export function splitOutput(flags: OutputFlags): { format: string; template: string } {
  const { output, template = '' } = flags
  if (output === '' && template !== '') return { format: 'go-template', template }
  for (const format of [...templateFormats, ...columnFormats]) {
    if (output === format) return { format, template }
    if (output.startsWith(`${format}=`)) return { format, template: output.slice(format.length + 1) }
  }
  return { format: output, template }
}

/** Says that no printer knows the format, in kubectl's words. */
export function unknownFormat(output: string, extra: readonly string[] = []): CommandError {
  const allowed = [...templateFormats, ...structured, 'name', ...extra].sort()
  return new CommandError(
    `unable to match a printer suitable for the output format ${JSON.stringify(output)}, allowed formats are: ${allowed.join(',')}`,
  )
}

/** Reads the template of a format that names a file. */
export async function templateFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch {
    throw new CommandError(`error reading --template ${path}, open ${path}: no such file or directory`)
  }
}

export interface PrinterRequest {
  flags: OutputFlags
  write: (text: string) => void
  /** What was done, for the short message without `-o`: `created`. */
  operation?: string
  order?: MemberOrder
  /** More formats that the command takes, for the message about an unknown one. */
  extraFormats?: readonly string[]
}

/** The printer for the format that the flags name; without one, the short message. Throws for an unknown format. */
export async function newPrinter(request: PrinterRequest): Promise<ObjectPrinter> {
  const { flags, write, operation = '', order = 'keep' } = request
  const { format, template } = splitOutput(flags)
  const showManagedFields = flags['show-managed-fields'] ?? false
  const allowMissingKeys = flags['allow-missing-template-keys'] ?? true
  switch (format) {
    case '':
      return namePrinter(write, operation)
    case 'name':
      return namePrinter(write)
    case 'json':
      return jsonPrinter({ write, showManagedFields, toYAML: String }, order)
    case 'yaml': {
      const { toYAML } = await import('@wherry/apimachinery')
      return yamlPrinter({ write, showManagedFields, toYAML })
    }
    case 'kyaml': {
      const { toKYAML } = await import('./kyaml.ts')
      const show = showManagedFields ? (object: unknown) => object : withoutManagedFields
      return { print: (object) => write(`---\n${toKYAML(show(object))}\n`) }
    }
  }
  if (!templateFormats.includes(format)) throw unknownFormat(flags.output, request.extraFormats)
  if (template === '') throw new CommandError('template format specified but no template given')
  const text = /file$/.test(format) ? await templateFile(template) : template
  const { goTemplatePrinter, jsonPathPrinter } = await import('./template-printers.ts')
  if (format.startsWith('jsonpath')) {
    return jsonPathPrinter(text, write, { allowMissingKeys, asJSON: format === 'jsonpath-as-json' })
  }
  return goTemplatePrinter(text, write, allowMissingKeys)
}
