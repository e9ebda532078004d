-- Found by value alone: a unary plus takes the affinity away, or the index would not serve.
{slot} = +{image}
