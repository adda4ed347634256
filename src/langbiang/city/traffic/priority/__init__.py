"""Priority at signals: emergency vehicles by signed request, buses by weight; both only through legal stages."""
