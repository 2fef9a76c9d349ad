import { BulkAction } from '../../../../run/bulk.ts'

export const ACTIONS = BulkAction.options

interface Words {
  label: string
  /** `3 runs will …` */
  will: string
  /** What it means. */
  means: string
}

/** What each action is called, and what it does. */
export const ACTION_WORDS: Record<BulkAction, Words> = {
  cancel: {
    label: 'Cancel',
    will: 'be canceled',
    means: 'A queued run is canceled at once; a running one is asked to stop, and ended where it does not.',
  },
  retry: {
    label: 'Retry',
    will: 'be put back into the queue',
    means: 'Their attempts are counted anew; what they have logged and left so far stays.',
  },
  archive: {
    label: 'Archive',
    will: 'be archived',
    means: 'Log and files go into one compressed archive, which is read back before the originals go.',
  },
  hold: {
    label: 'Hold',
    will: 'be held',
    means: 'Nothing archives or deletes them, whatever the policies say, until somebody releases them.',
  },
  delete: {
    label: 'Delete',
    will: 'be deleted',
    means: 'As the policy of each run says: softly, and it can be restored for a while, or for good.',
  },
}

/** Whether it takes away what is hard to get back. */
export const isDangerous = (action: BulkAction): boolean => action === 'cancel' || action === 'delete'
