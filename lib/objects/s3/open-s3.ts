import type { ObjectStore } from '../../ports/object-store.ts'
import { completeUpload } from './complete-upload.ts'
import { copyObject } from './copy-object.ts'
import { deleteObjects } from './delete-objects.ts'
import { getObject } from './get-object.ts'
import { headObject } from './head-object.ts'
import { listObjects } from './list-objects.ts'
import { overwriteObject } from './overwrite-object.ts'
import { openPlace } from './place.ts'
import { presignGet, presignPart, presignPut } from './presign.ts'
import { putObject } from './put-object.ts'
import type { S3Options } from './settings.ts'
import { abortUpload, createUpload, listUploadParts, listUploads, uploadPart } from './upload-parts.ts'

/** A bucket of S3, or of a server that speaks as S3 does, behind the port. Asks nothing before it is used. */
export function openS3(options: S3Options): ObjectStore {
  const place = openPlace(options)
  return {
    name: place.name,
    put: (key, body, options) => putObject(place, key, body, options),
    get: (key, options) => getObject(place, key, options),
    head: (key) => headObject(place, key),
    list: (options) => listObjects(place, options),
    deleteMany: (keys) => deleteObjects(place, keys),
    overwrite: (key) => overwriteObject(place, key),
    createMultipart: (key, options) => createUpload(place, key, options),
    putPart: (upload, number, body) => uploadPart(place, upload, number, body),
    listParts: (upload) => listUploadParts(place, upload),
    completeMultipart: (upload, parts, options) => completeUpload(place, upload, parts, options),
    abortMultipart: (upload) => abortUpload(place, upload),
    listMultiparts: (options) => listUploads(place, options),
    copy: (from, to) => copyObject(place, from, to),
    presignGet: (key, options) => presignGet(place, key, options),
    presignPut: (key, options) => presignPut(place, key, options),
    presignPart: (upload, number, options) => presignPart(place, upload, number, options),
    close: async () => place.client.destroy(),
  }
}
