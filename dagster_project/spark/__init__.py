"""The same marts on Apache Spark, for who outgrows one machine; needs the extra `spark` and a JRE."""
