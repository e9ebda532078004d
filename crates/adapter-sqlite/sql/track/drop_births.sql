-- It has served.
DROP TABLE IF EXISTS temp.lifeboat_births
