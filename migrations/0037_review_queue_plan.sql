-- 0037_review_queue_plan: the review queue is planned for how many pairs it is asked to look through. A plan for any number counted on a
-- tenth of all pairs of the force, and so went through every mention and every person of it: eleven seconds on the first page after
-- sign-in with eight million mentions. Owner: modules/linkage.
alter function linkage.open_queue(text, text, integer, integer, integer) set plan_cache_mode = force_custom_plan;
