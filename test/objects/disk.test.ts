import { describeObjectStore } from '../contracts/object-store.contract.ts'
import { openDiskHarness } from './disk-server.ts'

describeObjectStore('disk', openDiskHarness)
