(function(){
var panel=document.querySelector(".ga-site");
if(!panel){return;}
function part(query){return panel.querySelector(query);}
var data=JSON.parse(part(".ga-site-data").textContent),form=part("form"),facts=part("dl"),outside=part(".ga-site-outside");
var language=document.documentElement.lang,KM=111.2,HOURS=8760,BRIEF_MW=100;
function number(value,digits){return new Intl.NumberFormat(language,{minimumFractionDigits:digits,maximumFractionDigits:digits}).format(value);}
function say(name,text){part('[data-say="'+name+'"]').textContent=text;}
function nearest(lat,lon){
var shrink=Math.cos(lat*Math.PI/180),best=null;
data.lines.forEach(function(line){
var ax=line[2]*shrink,ay=line[3],bx=line[4]*shrink,by=line[5],px=lon*shrink,dx=bx-ax,dy=by-ay;
var along=Math.max(0,Math.min(1,((px-ax)*dx+(lat-ay)*dy)/(dx*dx+dy*dy||1)));
var km=Math.hypot(px-ax-along*dx,lat-ay-along*dy)*KM;
if(!best||km<best.km){best={name:line[0]+", "+line[1],km:km};}});
return best;}
function assess(lat,lon){
var half=data.step/2,cell=data.cells.filter(function(one){return Math.abs(one[0]-lat)<=half&&Math.abs(one[1]-lon)<=half;})[0];
form.latitude.value=lat.toFixed(3);form.longitude.value=lon.toFixed(3);
outside.hidden=!!cell;facts.hidden=!cell;
if(!cell){return;}
say("place",number(lat,3)+"\u00b0, "+number(lon,3)+"\u00b0");
var region=part('[data-region="'+cell[2]+'"]');
part('[data-say="region"]').replaceChildren(region?region.cloneNode(true):"");
var chosen="",least=Infinity;
data.technologies.forEach(function(name,at){
var factor=cell[3+2*at],cost=cell[4+2*at],band=data.bands[name];
say(name+"-hours",factor===null?"\u2013":number(factor*HOURS,0)+" ("+number(factor*HOURS*(1-band),0)+" \u2026 "+number(factor*HOURS*(1+band),0)+")");
say(name+"-cost",cost===null?"\u2013":number(cost,0)+" ("+number(cost/(1+band),0)+" \u2026 "+number(cost/(1-band),0)+")");
if(cost!==null&&cost<least){least=cost;chosen=name;}});
var line=nearest(lat,lon);
say("line",line?line.name:"\u2013");say("km",line?number(line.km,0):"\u2013");
say("command",'greenanalysis brief --name "My site" --latitude '+lat.toFixed(3)+" --longitude "+lon.toFixed(3)+" --technology "+chosen+" --capacity-mw "+BRIEF_MW);}
document.addEventListener("ga-place",function(event){assess(event.detail.lat,event.detail.lng);});
form.addEventListener("submit",function(event){event.preventDefault();assess(+form.latitude.value,+form.longitude.value);});})();
