import { type FunctionDecl, functionTable } from '../declarations.ts'
import { conversions } from '../standard/conversions.ts'
import { optionalMacros, sortByMacro, standardMacros, twoVariableMacros } from '../standard/macros.ts'
import { operators } from '../standard/operators.ts'
import { stringsAndTimes } from '../standard/strings.ts'
import { type Macro, macroTable } from '../syntax/macros.ts'
import type { CelType } from '../types/types.ts'
import {
  authorizerLibrary,
  authorizerType,
  decisionType,
  groupCheckType,
  pathCheckType,
  resourceCheckType,
} from './authorizer.ts'
import { listsExtension } from './lists-extension.ts'
import { listsLibrary } from './lists.ts'
import { formatLibrary, namedFormatType } from './named-format.ts'
import { cidrType, ipType, netLibrary } from './net.ts'
import { mapInsert, optionalLibrary } from './optional.ts'
import { quantityLibrary, quantityType } from './quantity.ts'
import { regexLibrary } from './regex.ts'
import { semverLibrary, semverType } from './semver.ts'
import { setsLibrary } from './sets.ts'
import { stringsExtension } from './strings.ts'
import { urlLibrary, urlType } from './url.ts'

/** The functions of Kubernetes 1.36's base environment. */
export const kubernetesFunctions: ReadonlyMap<string, FunctionDecl> = functionTable([
  ...operators,
  ...conversions,
  ...stringsAndTimes,
  ...urlLibrary,
  ...regexLibrary,
  ...listsLibrary,
  ...authorizerLibrary,
  ...optionalLibrary,
  ...quantityLibrary,
  ...stringsExtension,
  ...setsLibrary,
  ...netLibrary,
  ...formatLibrary,
  ...mapInsert,
  ...semverLibrary,
  ...listsExtension,
])

export const kubernetesMacros: ReadonlyMap<string, Macro> = macroTable([
  ...standardMacros,
  ...optionalMacros,
  ...twoVariableMacros,
  sortByMacro,
])

/** Types that expressions can name beside those of the language. */
export const kubernetesTypes: ReadonlyMap<string, CelType> = new Map(
  [
    ...[urlType, namedFormatType, quantityType, semverType, ipType, cidrType],
    ...[authorizerType, pathCheckType, groupCheckType, resourceCheckType, decisionType],
  ].map((type) => [type.name, type]),
)
