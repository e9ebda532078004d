-- What is above was made since the earlier state.
UPDATE lifeboat_mark SET highest = ?2 WHERE table_no = ?1
