DROP INDEX "job_audit_at";--> statement-breakpoint
CREATE INDEX "job_audit_at" ON "job_audit" USING brin ("at");