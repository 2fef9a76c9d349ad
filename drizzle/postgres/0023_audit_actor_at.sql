CREATE INDEX "job_audit_actor" ON "job_audit" USING btree ("actor","seq");--> statement-breakpoint
CREATE INDEX "job_audit_at" ON "job_audit" USING btree ("at","seq");