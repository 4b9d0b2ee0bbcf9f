/* The same equations as greenanalysis/finance: cost, cash flow, rate of return, payback. */
window.gaPlain=(function(){
"use strict";
var HOURS=8760,LOW=Math.log(1e-3),HIGH=Math.log(1e4),FALLING=1200,RISING=3000;
function annuity(rate,years){return rate<1e-9?1/years:-rate/Math.expm1(-years*Math.log1p(rate));}
function levelYield(rate,years,loss){
if(loss===0){return 1;}
var energy=0,all=0,year,weight;
for(year=1;year<=years;year++){weight=Math.pow(1+rate,-year);energy+=Math.pow(1-loss,year-1)*weight;all+=weight;}
return energy/all;}
function lcoe(t){
var yearly=t.capex_usd_per_kw*annuity(t.wacc,t.lifetime_years)+t.fom_usd_per_kw_year;
var energy=t.capacity_factor*HOURS/1000*levelYield(t.wacc,t.lifetime_years,t.degradation_per_year);
return energy>0?yearly/energy+t.vom_usd_per_mwh:NaN;}
function cashFlow(t){
var flow=[-t.capex_usd_per_kw],year,mwh;
for(year=0;year<t.lifetime_years;year++){
mwh=t.capacity_factor*HOURS/1000*Math.pow(1-t.degradation_per_year,year);
flow.push(mwh*(t.price_usd_per_mwh-t.vom_usd_per_mwh)-t.fom_usd_per_kw_year);}
return flow;}
function npv(flow,rate){return flow.reduce(function(sum,money,year){return sum+money*Math.pow(1+rate,-year);},0);}
function largest(flow){return flow.reduce(function(most,money){return Math.max(most,Math.abs(money));},0);}
/* Worth at whichever end keeps all terms below 1 */
function worth(flow,growth){
var sum=0,last=flow.length-1;
flow.forEach(function(money,year){sum+=money*Math.exp(-growth*(growth>=0?year:year-last));});
return sum;}
function root(flow,a,b,atA){
for(var i=0;i<200&&b-a>1e-15*Math.max(1,Math.abs(a));i++){
var middle=(a+b)/2,at=worth(flow,middle);
if(at===0){return middle;}
if((at<0)===(atA<0)){a=middle;atA=at;}else{b=middle;}}
return(a+b)/2;}
function rates(flow){
var grid=[],found=[],i,before,now;
for(i=0;i<FALLING;i++){grid.push(LOW+(0-LOW)*i/(FALLING-1));}
for(i=1;i<RISING;i++){grid.push(HIGH*i/(RISING-1));}
before=worth(flow,grid[0]);
if(before===0){found.push(Math.expm1(grid[0]));}
for(i=1;i<grid.length;i++){
now=worth(flow,grid[i]);
if(now===0){found.push(Math.expm1(grid[i]));}
else if(before!==0&&(before<0)!==(now<0)){found.push(Math.expm1(root(flow,grid[i-1],grid[i],before)));}
before=now;}
return found.sort(function(a,b){return a-b;});}
function irr(flow){
flow=flow.slice();
while(flow.length&&flow[0]===0){flow.shift();}
while(flow.length&&flow[flow.length-1]===0){flow.pop();}
if(!flow.length||!flow.every(isFinite)){return NaN;}
var most=largest(flow),signs;
flow=flow.map(function(money){return money/most;});
signs=flow.filter(function(money){return Math.abs(money)>1e-9;}).map(Math.sign);
if(!signs.some(function(sign,at){return at>0&&sign!==signs[at-1];})||flow[0]>0){return NaN;}
var all=rates(flow),chosen=all.filter(function(rate){return rate>=0;});
chosen=chosen.length?chosen:all;
return chosen.length===1?chosen[0]:NaN;}
function payback(flow){
var sum=0,running=flow.map(function(money){sum+=money;return sum;}),last=-1,least=-1e-9*largest(flow);
running.forEach(function(money,year){if(money<least){last=year;}});
if(last<0){return 0;}
if(last===flow.length-1){return NaN;}
return last+running[last]/(running[last]-running[last+1]);}
function solve(t){
var flow=cashFlow(t);
return{lcoe_usd_per_mwh:lcoe(t),flow_usd_per_kw:flow,npv_usd_per_kw:npv(flow,t.wacc),irr:irr(flow),payback_years:payback(flow)};}
/* Without the rate of return, which takes longest */
function worthOf(t){return{lcoe_usd_per_mwh:lcoe(t),npv_usd_per_kw:npv(cashFlow(t),t.wacc)};}
return{solve:solve,worth:worthOf};})();
