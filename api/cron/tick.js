export { default } from '../../.build/cron-tick.js'
