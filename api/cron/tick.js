export { default } from '../../.build/cron.js'
