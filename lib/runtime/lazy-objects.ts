import type { ObjectStore } from '../ports/object-store.ts'

/**
 * A store that is opened when it is first used; an opening that fails is tried again at the next use. `answers`: it will
 * answer requests for URLs that it signed.
 */
export function lazyObjects(name: string, open: () => Promise<ObjectStore>, answers = false): ObjectStore {
  let opening: Promise<ObjectStore> | undefined
  const opened = () => {
    opening ??= open().catch((error: unknown) => {
      opening = undefined
      throw error
    })
    return opening
  }
  return {
    name,
    put: async (...given) => (await opened()).put(...given),
    get: async (...given) => (await opened()).get(...given),
    head: async (...given) => (await opened()).head(...given),
    list: async (...given) => (await opened()).list(...given),
    deleteMany: async (...given) => (await opened()).deleteMany(...given),
    overwrite: async (...given) => (await opened()).overwrite(...given),
    createMultipart: async (...given) => (await opened()).createMultipart(...given),
    putPart: async (...given) => (await opened()).putPart(...given),
    listParts: async (...given) => (await opened()).listParts(...given),
    completeMultipart: async (...given) => (await opened()).completeMultipart(...given),
    abortMultipart: async (...given) => (await opened()).abortMultipart(...given),
    listMultiparts: async (...given) => (await opened()).listMultiparts(...given),
    copy: async (...given) => (await opened()).copy(...given),
    presignGet: async (...given) => (await opened()).presignGet(...given),
    presignPut: async (...given) => (await opened()).presignPut(...given),
    presignPart: async (...given) => (await opened()).presignPart(...given),
    ...(answers ? { answer: async (request: Request) => answerBy(await opened(), request) } : {}),
    close: async () => (await opening)?.close(),
  }
}

function answerBy(store: ObjectStore, request: Request): Promise<Response> {
  if (store.answer) return store.answer(request)
  throw new Error(`${store.name} answers no requests`)
}
