ALTER TABLE kvartal_home_widget
    ADD CONSTRAINT kvartal_home_widget_position CHECK (position >= 0);
