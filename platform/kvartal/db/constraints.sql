CREATE INDEX kvartal_delivery_due ON kvartal_delivery (due_at, id)
    WHERE done_at IS NULL AND failed_at IS NULL;
CREATE INDEX kvartal_delivery_failed ON kvartal_delivery (failed_at) WHERE failed_at IS NOT NULL;
CREATE INDEX kvartal_delivery_done ON kvartal_delivery (done_at) WHERE done_at IS NOT NULL;
CREATE INDEX kvartal_event_age ON kvartal_event (created_at);
