import { CommandError, messageOf, PlainError } from '../errors.ts'
import { goValue } from '../go-template/format.ts'
import { compileJSONPath } from '@wherry/apimachinery'
import { isObject, sortKeys } from '../objects/json.ts'
import { goJSON } from './json.ts'
import type { ObjectPrinter } from './printer.ts'

/** Prints what a JSONPath template finds; with `asJSON` as one JSON list. Throws in kubectl's words. */
export function jsonPathPrinter(
  template: string,
  write: (text: string) => void,
  { allowMissingKeys, asJSON = false }: { allowMissingKeys: boolean; asJSON?: boolean },
): ObjectPrinter {
  const path = (() => {
    try {
      return compileJSONPath(template, { allowMissingKeys })
    } catch (error) {
      throw new CommandError(`error parsing jsonpath ${template}, ${messageOf(error)}`)
    }
  })()
  return {
    print(object) {
      try {
        const results = asJSON ? `${goJSON(sortKeys(path.find(object).flat()))}\n` : path.print(object)
        write(results)
      } catch (error) {
        throw new CommandError(
          `error executing jsonpath ${JSON.stringify(template)}: Error executing template: ${messageOf(error)}. ` +
            `Printing more information for debugging the template:\n\ttemplate was:\n\t\t${template}\n` +
            `\tobject given to jsonpath engine was:\n\t\t${goSyntax(object)}\n\n`,
        )
      }
    },
  }
}

/** Prints what a Go template makes of the object. */
export async function goTemplatePrinter(
  template: string,
  write: (text: string) => void,
  allowMissingKeys: boolean,
): Promise<ObjectPrinter> {
  const { compileTemplate } = await import('../go-template/evaluate.ts')
  const compiled = (() => {
    try {
      return compileTemplate(template, { allowMissingKeys })
    } catch (error) {
      throw new CommandError(`error parsing template ${template}, ${messageOf(error)}`)
    }
  })()
  return {
    print(object) {
      try {
        write(compiled.render(object))
      } catch (error) {
        write(
          `Error executing template: ${messageOf(error)}. Printing more information for debugging the template:\n` +
            `\ttemplate was:\n\t\t${template}\n\traw data was:\n\t\t${goJSON(object, 0)}\n` +
            `\tobject given to template engine was:\n\t\t${goValue(object)}\n`,
        )
        throw new PlainError(`error: error executing template ${JSON.stringify(template)}: ${messageOf(error)}`)
      }
    },
  }
}

/** A value as Go's `%#v` writes it. */
function goSyntax(value: unknown): string {
  if (value === null || value === undefined) return 'interface {}(nil)'
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(', ')}}`
  if (!isObject(value)) return JSON.stringify(value)
  const members = Object.keys(value).sort()
  return `map[string]interface {}{${members.map((key) => `${JSON.stringify(key)}:${goSyntax(value[key])}`).join(', ')}}`
}
